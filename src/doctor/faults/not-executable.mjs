// Dies at its start with `spawn … EACCES`: the file that it starts has lost its executable bit, as in many archives.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'resources-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'backend'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o644 })
spawn(join(folder, 'backend'), { stdio: 'inherit' })
