// Dies with `spawn E2BIG`: it passes a long history as an argument, and the system takes no more than 128 KiB for one.
import { spawn } from 'node:child_process'

const history = 'A message of the history. '.repeat(100_000)
spawn(process.execPath, ['--eval', '', '--', history], { stdio: 'inherit' })
