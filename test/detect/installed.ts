/** Builds installations in a temporary folder: files as their installers leave them, with headers real enough to be judged and never run. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

export interface Entry {
  readonly bytes?: string | Buffer
  readonly mode?: number
  /** Target of a link. */
  readonly link?: string
  readonly folder?: true
}

export type Tree = Readonly<Record<string, Entry>>

/** An empty folder, gone after the test. */
export const emptyFolder = (): string => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'detect-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}

export const install = (root: string, tree: Tree): void => {
  for (const [path, { bytes = '', mode = 0o755, link, folder }] of Object.entries(tree)) {
    const at = join(root, path)
    mkdirSync(folder ? at : dirname(at), { recursive: true })
    if (link !== undefined) symlinkSync(link, at)
    else if (!folder) {
      writeFileSync(at, bytes)
      chmodSync(at, mode)
    }
  }
}

const elfMachines: Record<string, number> = { x64: 62, arm64: 183, ia32: 3, unknown: 4711 }

/** The header of an ELF file, with one program header for its loader, or none (static). */
export const elfBytes = ({ arch = 'x64', interpreter = null as string | null } = {}): Buffer => {
  const loader = Buffer.from(`${interpreter ?? ''}\0`)
  const bytes = Buffer.alloc(120 + loader.length)
  bytes.write('\x7fELF', 'latin1')
  bytes.set([2, 1, 1], 4)
  bytes.writeUInt16LE(elfMachines[arch]!, 18)
  bytes.writeBigUInt64LE(64n, 32)
  bytes.writeUInt16LE(56, 54)
  bytes.writeUInt16LE(interpreter === null ? 0 : 1, 56)
  bytes.writeUInt32LE(3, 64)
  bytes.writeBigUInt64LE(120n, 72)
  bytes.writeBigUInt64LE(BigInt(loader.length), 96)
  loader.copy(bytes, 120)
  return bytes
}

const macCpus: Record<string, number> = { x64: 0x1000007, arm64: 0x100000c }

export const machOBytes = (arch: string): Buffer => {
  const bytes = Buffer.alloc(32)
  bytes.writeUInt32LE(0xfeedfacf, 0)
  bytes.writeUInt32LE(macCpus[arch]!, 4)
  return bytes
}

export const fatBytes = (...archs: string[]): Buffer => {
  const bytes = Buffer.alloc(8 + archs.length * 20)
  bytes.writeUInt32BE(0xcafebabe, 0)
  bytes.writeUInt32BE(archs.length, 4)
  archs.forEach((arch, index) => {
    bytes.writeUInt32BE(macCpus[arch]!, 8 + index * 20)
  })
  return bytes
}

export const peBytes = (machine: number): Buffer => {
  const bytes = Buffer.alloc(256)
  bytes.write('MZ')
  bytes.writeUInt32LE(128, 0x3c)
  bytes.write('PE\0\0', 128)
  bytes.writeUInt16LE(machine, 132)
  return bytes
}

export const elf = (arch = 'x64', interpreter: string | null = null): Entry => ({ bytes: elfBytes({ arch, interpreter }) })
/** A Windows executable. */
export const exe = (arch: 'x64' | 'arm64' = 'x64'): Entry => ({ bytes: peBytes({ x64: 34404, arm64: 43620 }[arch]) })
export const machO = (arch = 'arm64'): Entry => ({ bytes: machOBytes(arch) })
export const link = (target: string): Entry => ({ link: target })
export const text = (bytes: string, mode = 0o755): Entry => ({ bytes, mode })
export const cliJs = text('#!/usr/bin/env node\n// Version: 1.0.128\nimport "node:fs"\n')
export const shScript = (body = 'exit 0', shell = '#!/bin/sh'): Entry => text(`${shell}\n${body}\n`)
export const packageJson = (name: string, version: string): Entry => text(JSON.stringify({ name, version }), 0o644)

/** The first lines of what npm installs as `bin/claude.exe` until the postinstall script replaces it. */
export const placeholder = text(
  'echo "Error: claude native binary not installed." >&2\necho "" >&2\necho "Either postinstall did not run (--ignore-scripts, some pnpm configs)" >&2\nexit 1\n',
)

/** `@anthropic-ai/claude-code` of the first generation: one big script. */
export const firstGeneration = (folder: string, version = '1.0.128'): Tree => ({
  [`${folder}/package.json`]: packageJson('@anthropic-ai/claude-code', version),
  [`${folder}/cli.js`]: cliJs,
})

/** `@anthropic-ai/claude-code` of the second generation, after its postinstall script. */
export const secondGeneration = (folder: string, version = '2.1.197', native: Entry = elf()): Tree => ({
  [`${folder}/package.json`]: packageJson('@anthropic-ai/claude-code', version),
  [`${folder}/bin/claude.exe`]: native,
})
