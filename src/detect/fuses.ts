/**
 * Decides what the fuses of an Electron say: switches in its binary that whoever packages an app may flip.
 * Pure: gets bytes, never reads a file, never throws, whatever the bytes.
 */

/** What the wire of fuses follows in the binary: then a byte for its version, one for its length, one character per fuse. */
export const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'

/** Of the wire's layout. Another one would put other fuses at these places. */
const knownVersion = 1
/** Far more than the nine there are: what claims more is not a wire. */
const mostFuses = 64
/** No wire goes on for longer after its sentinel. */
export const longestWire: number = 2 + mostFuses

/**
 * In the order of the wire, with the value that permits less: of two slices that differ, one cannot count on more.
 * The order is Electron's promise; a fuse that is given up stays in its place, marked as removed.
 */
const strict = {
  /** Whether `ELECTRON_RUN_AS_NODE=1` makes the executable a Node. */
  runAsNode: false,
  cookieEncryption: true,
  /** Whether `NODE_OPTIONS` and `NODE_EXTRA_CA_CERTS` count. */
  nodeOptions: false,
  /** Whether `--inspect` and its like count, and SIGUSR1 opens the inspector. */
  nodeCliInspect: false,
  embeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: false,
  wasmTrapHandlers: false,
} as const

export type FuseName = keyof typeof strict

/** null: this Electron has no such fuse, not yet or no longer. */
export type Fuses = { readonly version: number } & Readonly<Record<FuseName, boolean | null>>

const names = Object.keys(strict) as FuseName[]

/** Off, on, removed. */
const states: Readonly<Record<string, boolean | null>> = { '0': false, '1': true, r: null }

const fusesWhere = (version: number, stateOf: (name: FuseName, index: number) => boolean | null): Fuses =>
  Object.assign(
    { version },
    Object.fromEntries(names.map((name, index) => [name, stateOf(name, index)])) as Record<FuseName, boolean | null>,
  )

/**
 * From the bytes that follow the sentinel; null when they are no wire: the sentinel occurs as a mere text too, in code
 * that looks for it, and no text goes on with the bytes of a version and a length.
 */
export const readWire = (bytes: Uint8Array): Fuses | null => {
  const [version, length = 0] = bytes
  if (version !== knownVersion || length === 0 || length > mostFuses || bytes.length < 2 + length) return null
  const wire = Array.from(bytes.subarray(2, 2 + length), (byte) => String.fromCharCode(byte))
  if (!wire.every((state) => state in states)) return null
  return fusesWhere(version, (_name, index) => states[wire[index] ?? 'r'] ?? null)
}

/** Of the slices of a universal binary, which are flipped one by one: what holds whichever of them runs. */
export const strictest = (first: Fuses, second: Fuses): Fuses =>
  fusesWhere(first.version, (name) => {
    const both = [first[name], second[name]]
    if (both.includes(strict[name])) return strict[name]
    return both.includes(null) ? null : !strict[name]
  })
