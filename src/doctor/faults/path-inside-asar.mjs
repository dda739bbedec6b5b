// Dies at its start with `spawn … ENOTDIR`: the program that it starts lies inside app.asar, which is a file to the system.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const resources = mkdtempSync(join(tmpdir(), 'resources-'))
process.once('exit', () => rmSync(resources, { recursive: true }))
writeFileSync(join(resources, 'app.asar'), 'an archive')
const program = join(resources, 'app.asar/node_modules/.bin/backend')
console.log(`Starting ${program}`)
spawn(program, { stdio: 'inherit' })
