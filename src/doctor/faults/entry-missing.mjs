// Starts a backend that was never built, or never shipped: `Cannot find module '…/dist/server.js'`.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const entry = join(import.meta.dirname, 'dist/server.js')
const backend = spawn(process.execPath, [entry], { stdio: 'inherit' })
process.once('SIGTERM', () => backend.kill())
backend.once('exit', (code) => process.exit(code ?? 1))
