// The whole main process: one window, and behind it the backend, supervised.
import { fileURLToPath } from 'node:url'
import electron from 'electron'
import { superviseApp } from 'jarvis-supervise/electron'

superviseApp(electron, {
  name: 'my-jarvis',
  script: fileURLToPath(import.meta.resolve('my-jarvis-backend/dist/cli/node.js')),
  args: ['--port', '{port}', '--host', '{host}', '--claude-path', '{claudePath}'],
  readiness: { kind: 'http', path: '/api/health' },
  // what the page asks for first: the doctor asks for it, too
  doctor: { paths: ['/api/projects'] },
  window: () => new electron.BrowserWindow({ width: 1100, height: 800, minWidth: 480, title: 'My Jarvis' }),
})
