// After the first answer its server is stopped, as by Ctrl-Z or a debugger: connections are made, nothing answers, no core is busy.
import { fork, spawn } from 'node:child_process'
import { createServer } from 'node:http'

const { PORT, HOST, SERVES } = process.env
if (SERVES) {
  // what is stopped cannot see for itself that its parent is gone
  const watch = `while kill -0 ${process.ppid} && kill -0 ${process.pid}; do sleep 0.2; done; kill -9 ${process.pid}`
  createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}', () => {
      spawn('sh', ['-c', watch], { stdio: 'ignore' }).once('spawn', () => process.kill(process.pid, 'SIGSTOP'))
    })
  }).listen(PORT, HOST)
  process.once('disconnect', () => process.exit(0))
} else {
  const server = fork(import.meta.filename, { env: { ...process.env, SERVES: '1' } })
  // what is stopped hears nothing else
  process.once('exit', () => server.kill('SIGKILL'))
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0))
}
