// Prints where `npm run package:dir` has put the app of this machine: its `folder`, as the doctor takes it, or its `executable`.
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

const out = resolve(import.meta.dirname, '../dist')
const name = readdirSync(out).find((folder) => /^(?:mac|mac-arm64|(?:linux|win)(?:-arm64)?-unpacked)$/.test(folder))
if (name === undefined) throw new Error(`There is no packaged app in ${out}: run npm run package:dir`)

const isMac = process.platform === 'darwin'
const folder = isMac ? join(out, name, 'My Jarvis.app') : join(out, name)
const executable = isMac ? 'Contents/MacOS/My Jarvis' : process.platform === 'win32' ? 'My Jarvis.exe' : 'my-jarvis'
console.log(process.argv[2] === 'folder' ? folder : join(folder, executable))
