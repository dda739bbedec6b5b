// Dies as it loads a native module that was built for another machine: `wrong ELF class`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'resources-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
// the first bytes of a 32-bit ARM library
const header = Buffer.alloc(64)
header.write('\x7fELF\x01\x01\x01', 'latin1')
header.writeUInt16LE(3, 16)
header.writeUInt16LE(40, 18)
writeFileSync(join(folder, 'store.node'), header)
createRequire(import.meta.url)(join(folder, 'store.node'))
