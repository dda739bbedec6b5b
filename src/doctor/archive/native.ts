/** Decides what native code is for: to be started, or to be loaded. Pure. */
import type { Content } from '../../detect/content.ts'

/** `program`: to be started. `module`: for `process.dlopen`. `library`: for either of them. */
export type NativeRole = 'program' | 'module' | 'library'

const library = /\.(?:so(?:\.[\d.]+)?|dylib|dll|o|obj|a|lib|sys|drv|mui|efi)$/i
/** A framework's binary has the framework's name, and no extension. */
const framework = /\.framework\//

const isModule = (path: string): boolean => path.endsWith('.node')
const hasExtension = (path: string): boolean => /[^/]\.[^./]+$/.test(path)

const elfRole = (head: Buffer, interpreter: string | null | undefined, path: string, executable: boolean | null): NativeRole => {
  const type = head[5] === 2 ? head.readUInt16BE(16) : head.readUInt16LE(16)
  if (type === 2) return 'program'
  if (type !== 3) return 'library'
  // A shared object asks for no loader; neither does a static program that may lie anywhere in memory.
  if (interpreter !== null) return 'program'
  return executable === true || !hasExtension(path) ? 'program' : 'library'
}

const dllFlag = 0x2000

const peRole = (head: Buffer): NativeRole => {
  const at = head.readUInt32LE(0x3c)
  return at + 24 <= head.length && (head.readUInt16LE(at + 22) & dllFlag) !== 0 ? 'library' : 'program'
}

const machOProgram = 2

const machORole = (head: Buffer): NativeRole => {
  const magic = head.readUInt32LE(0)
  const isThin = magic === 0xfeedface || magic === 0xfeedfacf
  // What the slices of a universal file are stands far behind its head; those of a library are told by their names.
  return !isThin || head.length < 16 || head.readUInt32LE(12) === machOProgram ? 'program' : 'library'
}

/** null for what is not native. `executable`: the bit of the file, null where there is none. */
export const nativeRole = (content: Content, head: Buffer, path: string, executable: boolean | null): NativeRole | null => {
  const { format } = content
  if (format !== 'elf' && format !== 'mach-o' && format !== 'pe') return null
  if (isModule(path)) return 'module'
  if (library.test(path) || framework.test(path)) return 'library'
  if (content.format === 'elf') return elfRole(head, content.interpreter, path, executable)
  return format === 'pe' ? peRole(head) : machORole(head)
}

/** With which Node a module can be loaded: `napi` with any. */
export type Abi = number | 'napi'

const versioned = 'node_register_module_v'
const independent = ['napi_register_module_v', 'napi_module_register', 'node_api_module_get_api_version']

/** What can be cut of a marker where two pieces of a file meet. */
export const markerBytes = 48

/** What these bytes of a module say of it; null: nothing. */
export const abiIn = (bytes: Buffer): Abi | null => {
  if (independent.some((marker) => bytes.includes(marker, 0, 'latin1'))) return 'napi'
  for (let at = bytes.indexOf(versioned, 0, 'latin1'); at !== -1; at = bytes.indexOf(versioned, at + 1, 'latin1')) {
    const digits = /^\d{1,4}/.exec(bytes.toString('latin1', at + versioned.length, at + versioned.length + 4))
    if (digits !== null) return Number(digits[0])
  }
  return null
}
