/** What the makers of the original app tried, version by version, and what the doctor may say about it. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { CauseCode } from '../../src/causes/codes.ts'
import { abandon, endAtLast } from '../helpers/abandoned.ts'
import { startCli } from '../helpers/cli.ts'
import { ask as get } from '../helpers/ports.ts'
import { ask, configured, newPort, program, type Row, script, stranger, well } from './row.ts'

export interface VersionRow extends Omit<Row, 'code' | 'orElse'> {
  /** Any of them is true. */
  readonly expected: readonly CauseCode[]
  /** What else must be in the verdict. */
  readonly mentions?: RegExp
}

/** The wrapper of 1.2.4: forks the backend, and passes all on. */
const wrapper = (backend: string): string => `const { fork } = require('node:child_process')
const backend = fork(${JSON.stringify(backend)}, process.argv.slice(2))
backend.once('exit', (code) => process.exit(code ?? 1))
process.once('SIGTERM', () => backend.kill())
`

/** Says that it is ready before it has asked for its port. */
const early = (readyAfterMs: number): string => `import { createServer } from 'node:http'
const { PORT, HOST } = process.env
const server = createServer((_request, response) => response.end('{"projects":[]}'))
console.log(\`🚀 Server is ready at http://\${HOST}:\${PORT}\`)
setTimeout(() => server.listen(PORT, HOST), ${readyAfterMs})
`

/** The SDK at heart: every chat starts a \`node\` from the PATH. */
const chats = `import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
const { PORT, HOST } = process.env
createServer((request, response) => {
  if (request.url !== '/api/chat') return response.end('{"projects":["demo"]}')
  const claude = spawn('node', ['--version'])
  claude.once('error', (error) => response.writeHead(500).end(JSON.stringify({ type: 'error', error: error.message })))
  claude.once('exit', () => response.end(JSON.stringify({ type: 'done' })))
}).listen(PORT, HOST)
`

const claudeOnPath = (scene: Parameters<Row['arrange']>[0]): Record<string, string> => {
  const path = scene.file('tools/claude', '#!/bin/sh\necho "2.1.0 (Claude Code)"\n')
  chmodSync(path, 0o755)
  return { PATH: `${dirname(path)}:/usr/bin:/bin` }
}

export const versions: readonly VersionRow[] = [
  {
    name: '1.2.4 fork through a wrapper: ready, and the port comes later',
    expected: ['READY_BEFORE_LISTENING'],
    arrange: (scene) => ({ args: [...ask, scene.file('electron-node.cjs', wrapper(scene.file('node.mjs', early(1500))))] }),
  },
  {
    name: '1.2.4 fork through a wrapper: ready, and the port is in lsof because another has it',
    expected: ['PORT_TAKEN'],
    arrange: async (scene) => {
      const port = await newPort(scene)
      await stranger(scene, port)
      return { args: [...ask, '--port', String(port), scene.file('electron-node.cjs', wrapper(scene.file('node.mjs', early(0))))] }
    },
  },
  {
    name: '1.2.5 TypeScript modules imported by the main process',
    expected: ['TYPESCRIPT_ENTRY'],
    arrange: (scene) => {
      program(scene, 'typescript-entry.ts')
      return { args: [...ask, scene.file('main.mjs', "await import('./typescript-entry.ts')\n")] }
    },
  },
  {
    name: '1.2.5 ES modules required by a main process of CommonJS',
    expected: ['MODULE_FORMAT_MISMATCH'],
    arrange: (scene) => {
      scene.file('package.json', '{ "name": "app", "type": "commonjs" }')
      scene.file('server.js', readFileSync(program(scene, 'bad-node-option.mjs'), 'utf8'))
      return { args: [...ask, scene.file('main.js', "require('./server.js')\n")] }
    },
  },
  {
    name: '1.2.6 spawn of the TypeScript entry',
    expected: ['TYPESCRIPT_ENTRY'],
    arrange: (scene) => ({ args: [...ask, '--', 'node', program(scene, 'typescript-entry.ts')] }),
  },
  {
    name: '1.2.6 spawn of the TypeScript entry with tsx, which is not in the package',
    expected: ['DEPENDENCY_MISSING', 'TYPESCRIPT_ENTRY'],
    mentions: /tsx/,
    arrange: (scene) => ({ args: [...ask, '--', 'node', '--import', 'tsx', program(scene, 'typescript-entry.ts')] }),
  },
  {
    name: '1.2.7 fork of the compiled entry: one answer, then gone, because Claude is not on the PATH of a desktop',
    expected: ['CLAUDE_NOT_FOUND', 'CRASHED_ON_REQUEST'],
    mentions: /CRASHED_ON_REQUEST.*Claude|Claude.*CRASHED_ON_REQUEST/s,
    arrange: (scene) => ({ ...script('claude-not-found.mjs', '--as', 'packaged')(scene), env: claudeOnPath(scene) }),
  },
  {
    name: '1.2.8 --claude-path is passed, and the server looks for itself all the same',
    expected: ['CLAUDE_NOT_FOUND'],
    arrange: (scene) => ({
      args: [...ask, '--as', 'packaged', program(scene, 'claude-not-found.mjs'), '--', '--claude-path', '{claudePath}'],
      env: claudeOnPath(scene),
    }),
  },
  {
    name: '1.2.9 a command inside app.asar',
    expected: ['PATH_INSIDE_ASAR'],
    arrange: (scene) => ({ args: [...ask, '--', `${scene.file('app.asar', 'an archive')}/dist/cli/node`] }),
  },
  {
    name: '1.2.9 a script inside app.asar, for a plain Node',
    expected: ['ENTRY_MISSING', 'PATH_INSIDE_ASAR'],
    mentions: /asarUnpack/,
    arrange: (scene) => ({ args: [...ask, '--', 'node', `${scene.file('app.asar', 'an archive')}/dist/cli/node.js`] }),
  },
  {
    name: '1.2.9 a working directory inside app.asar',
    expected: ['PATH_INSIDE_ASAR', 'WORKING_DIRECTORY_UNUSABLE'],
    arrange: (scene) => ({ args: [...ask, '--cwd', `${scene.file('app.asar', 'an archive')}/dist`, '--', 'node', well(scene)] }),
  },
  {
    name: '1.2.9 a relative entry, with / for a working directory',
    expected: ['WORKING_DIRECTORY_UNUSABLE', 'ENTRY_MISSING'],
    arrange: (scene) => {
      well(scene, 'dist/cli/node.mjs')
      return { args: [...ask, '--cwd', '/', '--', 'node', 'dist/cli/node.mjs'] }
    },
  },
  {
    name: '1.3.0 the server stays up, and chat fails with `spawn node ENOENT`',
    expected: ['NODE_NOT_IN_PATH'],
    arrange: async (scene) => {
      const port = await newPort(scene)
      const url = `http://127.0.0.1:${port}/api/chat`
      return {
        args: [
          ...ask,
          '--as',
          'packaged',
          '--env',
          'PATH=/nonexistent',
          '--port',
          String(port),
          '--url',
          url,
          scene.file('node.mjs', chats),
        ],
      }
    },
  },
  {
    name: '1.3.0+ the history is loaded, and the server stops answering',
    expected: ['EVENT_LOOP_BLOCKED'],
    arrange: script('event-loop-blocked.mjs'),
  },
  {
    name: '1.3.0+ the app is restarted, and an orphan that answers nothing holds the port',
    expected: ['PORT_HELD_BY_OWN_ORPHAN'],
    arrange: async (scene) => {
      const port = await newPort(scene)
      const file = scene.file(
        'node.mjs',
        readFileSync(program(scene, 'event-loop-blocked.mjs'), 'utf8')
          .replace('setImmediate(parseHistory)', "request.url === '/api/histories' && setImmediate(parseHistory)")
          .replace('(_request, ', '(request, '),
      )
      const words = ['--name', 'api', '--port', String(port), '--', process.execPath, file]
      endAtLast(scene, (await abandon(scene, words)).pid)
      await get(`http://127.0.0.1:${port}/api/histories`)
      return { args: [...ask, ...words] }
    },
  },
  {
    name: '1.4.0 a health check without patience kills a busy backend',
    expected: ['KILLED_BY_SUPERVISOR'],
    arrange: async (scene) => {
      const port = await newPort(scene)
      const file = program(scene, 'killed-by-supervisor.mjs')
      configured(scene, { name: 'api', port, script: file, liveness: { periodMs: 500, timeoutMs: 300, failureThreshold: 2 } })
      await startCli(scene, ['start']).saying(/ending it.*ready at/s)
      return { args: [...ask] }
    },
  },
  {
    name: '1.4.0 a health check without patience kills a backend that is starting',
    expected: ['KILLED_BY_SUPERVISOR'],
    arrange: (scene) => {
      const file = program(scene, 'window-loaded-too-early.mjs')
      writeFileSync(file, readFileSync(file, 'utf8').replace('1000', '3000'))
      configured(scene, { script: file, readiness: { kind: 'http', timeoutMs: 1500 } })
      return { args: [...ask] }
    },
  },
  {
    name: '1.4.0 restarts that overlap',
    expected: ['RESTART_OVERLAP'],
    arrange: script('restart-overlap.mjs'),
  },
]
