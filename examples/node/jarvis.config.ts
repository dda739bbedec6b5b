import { defineConfig } from 'jarvis-supervise'

export default defineConfig({
  name: 'my-jarvis',
  script: './dist/cli/node.js',
  args: ['--port', '{port}', '--host', '{host}', '--claude-path', '{claudePath}'],
  port: { prefer: 8081 },
  readiness: { kind: 'http', path: '/api/health' },
  // what the window asks for first
  doctor: { paths: ['/api/projects'] },
})
