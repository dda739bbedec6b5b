// Says what Node says on Windows when it is to start a batch file without a shell: `spawn EINVAL`.
import { spawn } from 'node:child_process'

const file = 'C:\\Users\\demo\\AppData\\Roaming\\npm\\claude.cmd'
if (process.platform === 'win32') spawn(process.env.CLAUDE_CMD ?? file, ['--version'])
else
  throw Object.assign(new Error('spawn EINVAL'), { errno: -4071, code: 'EINVAL', syscall: 'spawn', path: file, spawnargs: ['--version'] })
