import { spawn } from 'node:child_process'

// `read` fails only when the other end of the pipe is gone without a word, which is when this process was killed.
const script = `
read -r _ && exit 0
kill -s TERM -- "-$1" || exit 0
for _ in 1 2 3 4 5; do
  sleep 1
  kill -s 0 -- "-$1" || exit 0
done
kill -s KILL -- "-$1"`

/**
 * Ends the process group of `pid` should this process be killed: a Claude that nobody listens to goes on working, and costs money.
 * The function that it returns calls that off.
 */
export function leash(pid: number | undefined): () => Promise<void> {
  if (pid === undefined || process.platform === 'win32') return async () => {}
  const shell = spawn('/bin/sh', ['-c', script, 'my-jarvis-leash', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  })
  const gone = new Promise<void>((resolve) => {
    shell.once('exit', () => resolve())
    shell.once('error', () => resolve())
  })
  shell.stdin.on('error', () => {})
  return () => {
    shell.stdin.end('over\n')
    return gone
  }
}
