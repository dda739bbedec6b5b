/** Every cause that can be brought about on this system, in many variants: what is wrong, how it is asked about, and the cure. */
import { once } from 'node:events'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { abandon, endAtLast } from '../helpers/abandoned.ts'
import { startCli } from '../helpers/cli.ts'
import { ask as get, isListenedOn } from '../helpers/ports.ts'
import { isAlive, until } from '../helpers/processes.ts'
import type { Scene } from '../helpers/supervised.ts'
import { adding, ending, endNamed, mend, runFix, saying, without } from './cures.ts'
import {
  afterwards,
  ask,
  command,
  configured,
  makeWell,
  newPort,
  program,
  type Row,
  script,
  serve,
  start,
  stranger,
  well,
  wordIn,
} from './row.ts'

/** An executable that starts a backend in which nothing is wrong. */
const executable = (scene: Scene, name: string): string => {
  const path = scene.file(name, `#!/bin/sh\nexec '${process.execPath}' '${well(scene)}'\n`)
  chmodSync(path, 0o755)
  return path
}

const starts: readonly Row[] = [
  {
    name: 'a backend that starts `node` from a PATH without one',
    code: 'NODE_NOT_IN_PATH',
    arrange: script('node-not-in-path.mjs'),
    cure: mend(/process\.execPath/),
  },
  {
    name: 'a service that is started as `node`, with such a PATH',
    code: 'NODE_NOT_IN_PATH',
    // a start would put a node on it
    arrange: (scene) => ({ args: [...ask, '--as', 'packaged', '--env', 'PATH=/nonexistent', '--', 'node', well(scene)] }),
    cure: saying((args, { hint }) => args.map((word) => (word === 'node' ? wordIn(hint, /Start Node as (\S+)/) : word))),
  },
  {
    name: 'a script whose first line asks env for a node',
    code: 'INTERPRETER_MISSING',
    orElse: ['NODE_NOT_IN_PATH'],
    arrange: (scene) => {
      const path = scene.file('server', `#!/usr/bin/env node\n${readFileSync(well(scene), 'utf8')}`)
      chmodSync(path, 0o755)
      return { args: [...ask, '--as', 'packaged', '--env', 'PATH=/nonexistent', '--', path] }
    },
    cure: saying((args, { hint }) => args.flatMap((word, at) => (at === args.length - 1 ? [wordIn(hint, /(\/\S*node)\b/), word] : [word]))),
  },
  {
    name: 'a working directory that is not there',
    code: 'CWD_MISSING',
    arrange: (scene) => ({ args: [...ask, '--cwd', join(scene.dir, 'gone'), well(scene)] }),
    cure: ({ explanation, hint }, invocation) => {
      mkdirSync(wordIn(`${hint} ${explanation}`, /(\/\S+\/gone)\b/))
      return invocation
    },
  },
  {
    name: 'one that is deleted while it runs',
    code: 'CWD_MISSING',
    arrange: script('cwd-missing.mjs'),
    cure: mend(/working directory|cwd/i),
  },
  {
    name: 'a script for a Node that is elsewhere',
    code: 'INTERPRETER_MISSING',
    arrange: (scene) => {
      const path = program(scene, 'interpreter-missing.sh')
      chmodSync(path, 0o755)
      return { args: [...ask, '--', path] }
    },
    cure: saying((args, { hint }) => [...args.slice(0, -1), ...wordIn(hint, /Start it as (\S+ \S+),/).split(' ')]),
  },
  {
    name: 'a script with the line ends of Windows',
    code: 'INTERPRETER_MISSING',
    arrange: (scene) => {
      const path = executable(scene, 'start.sh')
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'))
      return { args: [...ask, '--', path] }
    },
    cure: runFix,
  },
  {
    name: 'a command in the archive',
    code: 'PATH_INSIDE_ASAR',
    arrange: (scene) => ({ args: [...ask, '--', join(dirname(scene.file('app.asar', 'an archive')), 'app.asar/bin/backend')] }),
    cure: (verdict, invocation, scene) => {
      const path = wordIn(verdict.hint, /(\/\S+\.unpacked\/\S+?)[.:,;]?(?:\s|$)/)
      executable(scene, path.slice(scene.dir.length + 1))
      return { ...invocation, args: [...invocation.args.slice(0, -1), path] }
    },
  },
  {
    name: 'a working directory in the archive',
    code: 'PATH_INSIDE_ASAR',
    arrange: (scene) => ({ args: [...ask, '--cwd', `${scene.file('app.asar', 'an archive')}/dist`, well(scene)] }),
  },
  {
    name: 'a backend that starts what lies in the archive',
    code: 'PATH_INSIDE_ASAR',
    arrange: script('path-inside-asar.mjs'),
    cure: mend(/asarUnpack/),
  },
  {
    name: 'a command that has lost its bit',
    code: 'NOT_EXECUTABLE',
    arrange: (scene) => {
      const path = executable(scene, 'backend')
      chmodSync(path, 0o644)
      return { args: [...ask, '--', path] }
    },
    cure: runFix,
  },
  { name: 'a folder', code: 'NOT_EXECUTABLE', arrange: (scene) => ({ args: [...ask, '--', scene.dir] }) },
  {
    name: 'a backend that starts such a file',
    code: 'NOT_EXECUTABLE',
    arrange: script('not-executable.mjs'),
    cure: mend(/executable/),
  },
  {
    name: 'a program for another processor',
    code: 'WRONG_ARCHITECTURE',
    arrange: (scene) => {
      const path = join(scene.dir, 'backend')
      const image = readFileSync('/bin/true')
      image.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18)
      writeFileSync(path, image, { mode: 0o755 })
      return { args: [...ask, '--', path] }
    },
    cure: ({ hint }, invocation, scene) => {
      executable(scene, wordIn(hint, /Install (\S+) again/).slice(scene.dir.length + 1))
      return invocation
    },
  },
  {
    name: 'a native module for one',
    code: 'WRONG_ARCHITECTURE',
    arrange: script('wrong-architecture.mjs'),
    cure: mend(/again|rebuild/i),
  },
  {
    name: 'a variable that is too long',
    code: 'ARGUMENTS_TOO_LONG',
    arrange: (scene) => {
      configured(scene, { script: well(scene), env: { HISTORY: 'x'.repeat(200_000) } })
      return { args: [...ask] }
    },
    cure: ({ hint }, invocation, scene) => {
      wordIn(hint, /(in a file)/)
      configured(scene, { script: well(scene), env: { HISTORY_FILE: '/dev/null' } })
      return invocation
    },
  },
  {
    name: 'an argument of what the backend starts',
    code: 'ARGUMENTS_TOO_LONG',
    arrange: script('arguments-too-long.mjs'),
    cure: mend(/stdin|file/),
  },
  {
    name: 'a batch file, as Windows says it',
    code: 'WINDOWS_CMD_WITHOUT_SHELL',
    arrange: script('windows-cmd-without-shell.mjs'),
    cure: mend(/\.exe/),
  },
  {
    name: 'a command that is not installed',
    code: 'COMMAND_NOT_FOUND',
    arrange: () => ({ args: [...ask, '--', 'transcript-server'] }),
    cure: ({ hint }, invocation, scene) => {
      wordIn(hint, /(whole path)/)
      return { ...invocation, args: [...invocation.args.slice(0, -1), executable(scene, 'transcript-server')] }
    },
  },
  {
    name: 'a backend that starts one',
    code: 'COMMAND_NOT_FOUND',
    arrange: script('command-not-found.mjs'),
    cure: ({ hint }, invocation, scene) => {
      const name = wordIn(hint, /Install (\S+?),/)
      chmodSync(scene.file(`bin/${name}`, '#!/bin/sh\nexec sleep 60\n'), 0o755)
      return { ...invocation, env: { PATH: `${join(scene.dir, 'bin')}:${scene.env.PATH}` } }
    },
  },
  {
    name: 'an Electron that was told to be a Node',
    code: 'RUN_AS_NODE_LEAKS',
    arrange: (scene) => {
      const electron = scene.file('electron', `#!/bin/sh\nexec '${process.execPath}' "$@"\n`)
      chmodSync(electron, 0o755)
      return { args: [...ask, '--env', 'ELECTRON_RUN_AS_NODE=1', '--', electron, program(scene, 'run-as-node-leaks.mjs')] }
    },
    cure: saying((args, { hint }) => without(args, hint.includes('Remove the variable') ? '--env' : '')),
  },
]

const loads: readonly Row[] = [
  {
    name: 'a script that is not there',
    code: 'ENTRY_MISSING',
    arrange: (scene) => ({ args: [...ask, join(scene.dir, 'dist/server.mjs')] }),
    cure: ({ hint, explanation }, invocation, scene) => {
      well(scene, wordIn(`${hint} ${explanation}`, /(\/\S+\.mjs)\b/).slice(scene.dir.length + 1))
      return invocation
    },
  },
  {
    name: 'a script that Node is to run, and that is not there',
    code: 'ENTRY_MISSING',
    arrange: () => ({ args: [...ask, '--', 'node', 'dist/server.js'] }),
    cure: ({ hint, explanation, supports }, invocation, scene) => {
      well(scene, wordIn([hint, explanation, ...supports].join(' '), /(\/\S+\.js)\b/).slice(scene.dir.length + 1))
      return invocation
    },
  },
  {
    name: 'a script in an archive, for a Node that reads none',
    code: 'ENTRY_MISSING',
    arrange: (scene) => ({ args: [...ask, '--', 'node', `${scene.file('app.asar', 'an archive')}/server.js`] }),
    cure: ({ hint }, invocation, scene) => {
      const path = wordIn(hint, /start (\/\S+\.unpacked\/\S+?),/)
      well(scene, path.slice(scene.dir.length + 1))
      return { ...invocation, args: [...invocation.args.slice(0, -1), path] }
    },
  },
  {
    name: 'a script in an archive, as the script',
    code: 'ENTRY_MISSING',
    orElse: ['PATH_INSIDE_ASAR'],
    arrange: (scene) => ({ args: [...ask, `${scene.file('app.asar', 'an archive')}/server.js`] }),
    cure: ({ hint }, invocation, scene) => {
      const path = wordIn(hint, /(\/\S+\.unpacked\/\S+?)[.:,;]?(?:\s|$)/)
      well(scene, path.slice(scene.dir.length + 1))
      return { ...invocation, args: [...invocation.args.slice(0, -1), path] }
    },
  },
  {
    name: 'what the backend itself starts',
    code: 'ENTRY_MISSING',
    arrange: script('entry-missing.mjs'),
    cure: mend(/Build it|correct the path/),
  },
  {
    name: 'TypeScript as the script, and no tsx',
    code: 'TYPESCRIPT_ENTRY',
    arrange: script('typescript-entry.ts'),
    cure: (verdict, invocation, scene) => ({
      ...invocation,
      args: [...invocation.args.slice(0, -1), well(scene, wordIn(verdict.hint, /compiled (\S+\.[cm]?js)/))],
    }),
  },
  {
    name: 'TypeScript for a plain Node',
    code: 'TYPESCRIPT_ENTRY',
    arrange: command(['node'], 'typescript-entry.ts'),
    cure: (verdict, invocation, scene) => ({
      ...invocation,
      args: [...invocation.args.slice(0, -1), well(scene, wordIn(verdict.hint, /compiled (\S+\.[cm]?js)/))],
    }),
  },
  {
    name: 'a package that was left out',
    code: 'DEPENDENCY_MISSING',
    arrange: script('dependency-missing.mjs'),
    cure: ({ hint }, invocation, scene) => {
      const name = wordIn(hint, /Install (\S+)/)
      const source = `import { createServer } from 'node:http'
export class Hono {
  get(_path, answer) { this.answer = answer; return this }
  listen(port, host) { createServer((_request, response) => response.end(JSON.stringify(this.answer()))).listen(port, host) }
}`
      scene.file(`node_modules/${name}/index.js`, source)
      scene.file(`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', exports: './index.js' }))
      return invocation
    },
  },
  {
    name: 'a loader that was left out',
    code: 'DEPENDENCY_MISSING',
    arrange: (scene) => ({ args: [...ask, '--', 'node', '--import', 'tsx', well(scene, 'cli/node.ts')] }),
  },
  {
    name: 'CommonJS in an ES module',
    code: 'MODULE_FORMAT_MISMATCH',
    arrange: script('module-format-mismatch.mjs'),
    cure: ({ hint }, invocation) => {
      const old = invocation.args.at(-1) ?? ''
      const renamed = old.replace(/\.mjs$/, wordIn(hint, /Name the file (\.\w+)/))
      renameSync(old, renamed)
      return { ...invocation, args: [...invocation.args.slice(0, -1), renamed] }
    },
  },
  {
    name: 'an ES module in a package of CommonJS',
    code: 'MODULE_FORMAT_MISMATCH',
    arrange: (scene) => {
      scene.file('package.json', '{ "name": "demo", "type": "commonjs" }')
      const path = join(scene.dir, 'server.js')
      copyFileSync(program(scene, 'bad-node-option.mjs'), path)
      return { args: [...ask, path] }
    },
    cure: runFix,
  },
  {
    name: 'a native module for another Node',
    code: 'NATIVE_ABI_MISMATCH',
    arrange: script('native-abi-mismatch.mjs'),
    cure: mend(/npm rebuild better-sqlite3/),
  },
  {
    name: 'a file that is read from the working directory',
    code: 'WORKING_DIRECTORY_UNUSABLE',
    arrange: (scene) => {
      scene.file('projects.json', '{"projects":["demo"]}')
      return script('working-directory-unusable.mjs', '--as', 'packaged')(scene)
    },
    cure: adding(({ hint }, scene) => [wordIn(hint, /`(cwd)`/) && '--cwd', scene.dir]),
  },
  {
    name: 'a folder that nobody may write to',
    code: 'WORKING_DIRECTORY_UNUSABLE',
    arrange: () => ({ args: [...ask, '--cwd', '/sys', '--', 'node', '--eval', "require('node:fs').mkdirSync('data')"] }),
  },
  {
    name: 'a relative path, started in the root',
    code: 'WORKING_DIRECTORY_UNUSABLE',
    arrange: (scene) => {
      well(scene)
      return { args: [...ask, '--cwd', '/', '--', 'node', 'server.mjs'] }
    },
    cure: saying((args, { hint }, scene) => args.map((word) => (word === '/' && /cwd/.test(hint) ? scene.dir : word))),
  },
  {
    name: 'an option in NODE_OPTIONS',
    code: 'BAD_NODE_OPTION',
    arrange: script('bad-node-option.mjs', '--env', 'NODE_OPTIONS=--no-such-option'),
    cure: saying((args, { hint }) => without(args, hint.includes('Remove --no-such-option from NODE_OPTIONS') ? '--env' : '')),
  },
  {
    name: 'an option on the command line',
    code: 'BAD_NODE_OPTION',
    arrange: command(['node', '--no-such-option'], 'bad-node-option.mjs'),
    cure: saying((args, { hint }) => args.filter((word) => word !== wordIn(hint, /Remove (\S+) from/))),
  },
  { name: 'a demand of its own', code: 'NODE_TOO_OLD', arrange: script('node-too-old.mjs') },
  {
    name: 'a Node of long ago',
    code: 'NODE_TOO_OLD',
    arrange: (scene) => {
      const old = `#!/bin/sh
if [ "$1" = --version ]; then echo v12.22.12; exit; fi
echo "ReferenceError: fetch is not defined
    at Object.<anonymous> (server.js:1:1)

Node.js v12.22.12" >&2
exit 1
`
      const path = scene.file('old/node', old)
      chmodSync(path, 0o755)
      return { args: [...ask, '--', path, well(scene)] }
    },
    cure: saying((args, { hint }) => {
      wordIn(hint, /(newer Node)/)
      return args.map((word) => (word.endsWith('/old/node') ? process.execPath : word))
    }),
  },
  {
    name: 'before the first request',
    code: 'ENVIRONMENT_INCOMPLETE',
    arrange: script('environment-incomplete.mjs'),
    cure: adding(({ hint }) =>
      wordIn(hint, /Set ([A-Z_, ]+)\./)
        .split(', ')
        .flatMap((name) => ['--env', `${name}=demo`]),
    ),
  },
  {
    name: 'only in an app from the desktop',
    code: 'ENVIRONMENT_INCOMPLETE',
    arrange: (scene) => ({
      ...script('environment-incomplete.mjs', '--as', 'packaged')(scene),
      env: { JARVIS_JWT_SECRET: 'demo', JARVIS_WORKSPACE: 'demo' },
    }),
    cure: adding(({ hint }) =>
      ['JARVIS_JWT_SECRET', 'JARVIS_WORKSPACE'].flatMap((name) => ['--env', `${wordIn(hint, new RegExp(`(${name})`))}=demo`]),
    ),
  },
  {
    name: 'a server that keeps nothing alive',
    code: 'EXITED_BEFORE_LISTENING',
    arrange: script('exited-before-listening.mjs'),
    cure: mend(/keep/i),
  },
  {
    name: 'an await that never settles',
    code: 'EXITED_BEFORE_LISTENING',
    arrange: script('exited-before-listening-await.mjs'),
    cure: mend(/await/),
  },
  {
    name: 'in an app that gives it none',
    code: 'EXITS_WHEN_STDIN_CLOSES',
    arrange: script('exits-when-stdin-closes.mjs', '--as', 'packaged'),
    cure: mend(/stdin/),
  },
]

/** A stand-in that says its version. */
const claude = (scene: Scene, text = '#!/bin/sh\necho "2.1.0 (Claude Code)"\n'): string => {
  const path = scene.file('tools/claude', text)
  chmodSync(path, 0o755)
  return path
}

/** Whatever has started the tests may have put one on the PATH. */
const noClaude = (scene: Scene): Record<string, string> => ({
  PATH: (scene.env.PATH ?? '')
    .split(':')
    .filter((folder) => !existsSync(join(folder, 'claude')))
    .join(':'),
})

const claudes: readonly Row[] = [
  {
    name: 'there is none',
    code: 'CLAUDE_NOT_FOUND',
    arrange: (scene) => ({ ...script('claude-not-found.mjs')(scene), env: noClaude(scene) }),
    cure: adding(({ hint }, scene) => [wordIn(hint, /(--claude-path)/), claude(scene)]),
  },
  {
    name: 'not on the PATH of an app from the desktop',
    code: 'CLAUDE_NOT_FOUND',
    arrange: (scene) => {
      const folder = dirname(claude(scene))
      return { ...script('claude-not-found.mjs', '--as', 'packaged')(scene), env: { PATH: `${folder}:${noClaude(scene).PATH}` } }
    },
    cure: adding(({ hint }) => ['--env', `PATH=${wordIn(hint, /put (\S+) on the PATH/)}:/usr/bin:/bin`]),
  },
  {
    name: 'the service demands one',
    code: 'CLAUDE_NOT_FOUND',
    arrange: (scene) => {
      configured(scene, { script: well(scene), claude: { required: true } })
      return { args: [...ask], env: noClaude(scene) }
    },
    cure: adding(({ hint }, scene) => [wordIn(hint, /(--claude-path)/), claude(scene)]),
  },
  {
    name: 'within another session',
    code: 'CLAUDE_UNUSABLE',
    arrange: (scene) => ({ ...script('claude-unusable.mjs')(scene), env: { CLAUDECODE: '1' } }),
    cure: runFix,
  },
]

/** The first that nobody listens on. */
const oneOf = (ports: readonly number[]): number | undefined => ports.find((port) => !isListenedOn(port))

const binds: readonly Row[] = [
  {
    name: 'another app has it',
    code: 'PORT_TAKEN',
    arrange: async (scene) => {
      const port = await newPort(scene)
      await stranger(scene, port)
      return script('port-taken.mjs', '--port', String(port))(scene)
    },
    cure: runFix,
  },
  {
    name: 'another app has it, and is ended',
    code: 'PORT_TAKEN',
    arrange: async (scene) => {
      const port = await newPort(scene)
      await stranger(scene, port)
      return script('port-taken.mjs', '--port', String(port))(scene)
    },
    cure: ending,
  },
  {
    name: 'another app has it on every address',
    code: 'PORT_TAKEN',
    arrange: async (scene) => {
      const port = await newPort(scene)
      await stranger(scene, port, '0.0.0.0')
      return script('port-taken.mjs', '--port', String(port))(scene)
    },
    cure: ending,
  },
  {
    name: 'it says so in words of its own',
    code: 'PORT_TAKEN',
    arrange: async (scene) => {
      const port = await newPort(scene)
      await stranger(scene, port)
      const own = `import { createServer } from 'node:http'
const { PORT, HOST } = process.env
createServer((_request, response) => response.end('{}')).on('error', () => {
  console.error(\`Port \${PORT} is already in use\`)
  process.exit(1)
}).listen(PORT, HOST)`
      return { args: [...ask, '--port', String(port), scene.file('own-words.mjs', own)] }
    },
    cure: ending,
  },
  {
    name: 'its supervisor has died',
    code: 'PORT_HELD_BY_OWN_ORPHAN',
    arrange: async (scene) => {
      const port = await newPort(scene)
      const words = ['--name', 'api', '--port', String(port), '--', process.execPath, well(scene)]
      endAtLast(scene, (await abandon(scene, words)).pid)
      return { args: [...ask, ...words] }
    },
    cure: runFix,
  },
  {
    name: 'its supervisor has died, and only the port is asked about',
    code: 'PORT_HELD_BY_OWN_ORPHAN',
    arrange: async (scene) => {
      const port = await newPort(scene)
      endAtLast(scene, (await abandon(scene, ['--name', 'api', '--port', String(port), '--', process.execPath, well(scene)])).pid)
      return { args: [...ask, '--port', String(port)] }
    },
  },
  {
    name: 'its supervisor has died, and nothing is named',
    code: 'PORT_HELD_BY_OWN_ORPHAN',
    arrange: async (scene) => {
      const port = await newPort(scene)
      endAtLast(scene, (await abandon(scene, ['--name', 'api', '--port', String(port), '--', process.execPath, well(scene)])).pid)
      return { args: [...ask] }
    },
  },
  {
    name: 'it restarts its own server',
    code: 'RESTART_OVERLAP',
    arrange: script('restart-overlap.mjs'),
    cure: mend(/wait until/i),
  },
  {
    name: 'its supervisor lives',
    code: 'SECOND_INSTANCE',
    arrange: async (scene) => {
      const port = await newPort(scene)
      const words = ['--name', 'api', '--port', String(port), well(scene)]
      await startCli(scene, ['start', ...words]).url()
      return { args: [...ask, ...words] }
    },
    cure: runFix,
  },
  {
    name: 'it says so itself',
    code: 'SECOND_INSTANCE',
    arrange: async (scene) => {
      const file = program(scene, 'second-instance.mjs')
      const LOCK = join(scene.dir, 'backend.pid')
      await serve(scene, file, await newPort(scene), { env: { LOCK } })
      return { args: [...ask, '--env', `LOCK=${LOCK}`, file] }
    },
    cure: ending,
  },
  {
    name: 'what its dead owner had started holds it',
    code: 'GHOST_LISTENER',
    arrange: async (scene) => {
      const port = await newPort(scene)
      const app = await serve(scene, program(scene, 'ghost-listener.mjs'), port)
      scene.atEnd(async () => {
        app.kill()
        await until('the tool has followed', () => !isListenedOn(port))
      })
      await get(`http://127.0.0.1:${port}/`)
      await until('its owner is dead', () => holders(scene, 'server') === 0 && holders(scene, 'tool') === 1)
      return { args: [...ask, '--port', String(port)] }
    },
    cure: async (verdict, invocation, scene) => {
      await endNamed(verdict)
      await serve(scene, well(scene), Number(invocation.args.at(-1)))
      return invocation
    },
  },
  {
    name: 'for somebody who is not root',
    code: 'PORT_PRIVILEGED',
    arrange: (scene) => script('port-privileged.mjs', '--port', String(oneOf([81, 82, 83, 84])))(scene),
    cure: async ({ hint }, invocation, scene) => {
      wordIn(hint, /(1024)/)
      const port = String(await newPort(scene))
      return { ...invocation, args: invocation.args.map((word, at, args) => (args[at - 1] === '--port' ? port : word)) }
    },
  },
  { name: 'as Windows says it', code: 'PORT_RESERVED_BY_WINDOWS', confidence: 'likely', arrange: script('port-reserved-by-windows.mjs') },
  {
    name: 'of the service',
    code: 'ADDRESS_NOT_AVAILABLE',
    arrange: (scene) => ({ args: [...ask, '--host', '10.99.99.99', well(scene)] }),
    cure: saying((args, { hint }) => args.map((word) => (word === '10.99.99.99' ? wordIn(hint, /(127\.0\.0\.1)/) : word))),
  },
  {
    name: 'of the backend',
    code: 'ADDRESS_NOT_AVAILABLE',
    arrange: script('address-not-available.mjs'),
    cure: mend(/127\.0\.0\.1/),
  },
  { name: 'as macOS says it', code: 'SANDBOX_FORBIDS_BIND', arrange: script('sandbox-forbids-bind.mjs'), cure: mend(/sandbox/) },
  {
    name: 'before it listens',
    code: 'TOO_MANY_OPEN_FILES',
    arrange: command(['sh', '-c', `ulimit -n 128; ${afterwards}`, 'node'], 'too-many-open-files.mjs'),
    cure: saying((args, { hint }) => {
      wordIn(hint, /(ulimit -n)/)
      return args.map((word) => word.replace('ulimit -n 128', 'ulimit -n 8192'))
    }),
  },
  {
    name: 'a start that is rejected',
    code: 'UNHANDLED_REJECTION_SURVIVED',
    arrange: command(['node', '--unhandled-rejections=warn'], 'unhandled-rejection-survived.mjs'),
    cure: mend(/reject/i),
  },
  {
    name: 'the port is taken, and nobody says so',
    code: 'LISTEN_ERROR_SWALLOWED',
    arrange: async (scene) => {
      const port = await newPort(scene)
      await stranger(scene, port)
      return script('listen-error-swallowed.mjs', '--port', String(port))(scene)
    },
    cure: ending,
  },
  {
    name: 'by NODE_OPTIONS',
    code: 'WAITING_FOR_DEBUGGER',
    arrange: script('waiting-for-debugger.mjs', '--env', 'NODE_OPTIONS=--inspect-brk=0'),
    cure: saying((args, { hint }) => without(args, hint.includes('NODE_OPTIONS') ? '--env' : '')),
  },
  {
    name: 'by its command line',
    code: 'WAITING_FOR_DEBUGGER',
    arrange: command(['node', '--inspect-brk=0'], 'waiting-for-debugger.mjs'),
    cure: saying((args, { hint }) => args.filter((word) => !(word.startsWith('--inspect-brk') && hint.includes('--inspect-brk')))),
  },
  {
    name: 'as a command',
    code: 'DAEMONISED',
    arrange: command(['node'], 'daemonised.mjs'),
    cure: adding(({ hint }) => ['--env', wordIn(hint, /(foreground)/) && 'IS_DAEMON=1']),
  },
  {
    name: 'as a script',
    code: 'DAEMONISED',
    arrange: script('daemonised.mjs'),
    cure: adding(({ hint }) => ['--env', wordIn(hint, /(foreground)/) && 'IS_DAEMON=1']),
  },
]

/** Processes of the ghost that play this part. */
const holders = (scene: Scene, role: string): number =>
  scene.pids().filter((pid) => isAlive(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`\0ROLE=${role}\0`)).length

const places: readonly Row[] = [
  {
    name: 'a second and a half before',
    code: 'READY_BEFORE_LISTENING',
    arrange: script('ready-before-listening.mjs'),
    cure: mend(/callback|listening/i),
  },
  {
    name: 'readiness is taken from that line',
    code: 'READY_BEFORE_LISTENING',
    arrange: (scene) => {
      const file = program(scene, 'ready-before-listening.mjs')
      writeFileSync(file, readFileSync(file, 'utf8').replace('1500', '500'))
      configured(scene, { script: file, readiness: { kind: 'log', pattern: 'Server ready' } })
      return { args: [...ask] }
    },
    cure: (verdict, invocation, scene) => {
      wordIn(verdict.hint, /(http|port|callback)/i)
      configured(scene, { script: join(scene.dir, 'ready-before-listening.mjs') })
      return invocation
    },
  },
  {
    name: 'colours stand between its words',
    code: 'READY_LINE_MISSED',
    arrange: (scene) => {
      configured(scene, {
        script: program(scene, 'ready-line-missed.mjs'),
        readiness: { kind: 'log', pattern: 'Server listening on', timeoutMs: 3000 },
      })
      return { args: [...ask] }
    },
    cure: (verdict, invocation, scene) => {
      const kind = wordIn(verdict.hint, /kind: '(http)'/)
      configured(scene, { script: join(scene.dir, 'ready-line-missed.mjs'), readiness: { kind } })
      return invocation
    },
  },
  {
    name: 'it says something else',
    code: 'READY_LINE_MISSED',
    arrange: (scene) => {
      configured(scene, { script: well(scene), readiness: { kind: 'log', pattern: 'Server listening on', timeoutMs: 3000 } })
      return { args: [...ask] }
    },
    cure: (verdict, invocation, scene) => {
      const kind = wordIn(verdict.hint, /kind: '(http)'/)
      configured(scene, { script: well(scene), readiness: { kind } })
      return invocation
    },
  },
  {
    name: 'the next one',
    code: 'LISTENS_ON_OTHER_PORT',
    arrange: async (scene) => script('listens-on-other-port.mjs', '--port', String(await newPort(scene)))(scene),
    cure: mend(/PORT variable/),
  },
  {
    name: 'a number of its own',
    code: 'LISTENS_ON_OTHER_PORT',
    arrange: async (scene) => {
      const file = program(scene, 'listens-on-other-port.mjs')
      writeFileSync(file, readFileSync(file, 'utf8').replace('Number(PORT) + 1', String(await newPort(scene))))
      return { args: [...ask, file] }
    },
    cure: runFix,
  },
  { name: 'undefined', code: 'PORT_NOT_A_NUMBER', arrange: script('port-not-a-number.mjs'), cure: mend(/PORT variable|whole number/) },
  { name: 'NaN', code: 'PORT_NOT_A_NUMBER', arrange: script('port-not-a-number-nan.mjs'), cure: mend(/PORT variable|whole number/) },
  { name: '::1 only', code: 'ADDRESS_FAMILY_MISMATCH', arrange: script('address-family-mismatch.mjs'), cure: runFix },
  {
    name: '::1 only, and an address is asked about',
    code: 'ADDRESS_FAMILY_MISMATCH',
    arrange: async (scene) => {
      const port = await newPort(scene)
      await serve(scene, program(scene, 'address-family-mismatch.mjs'), port)
      return { args: [...ask, '--port', String(port)] }
    },
    cure: runFix,
  },
  {
    name: 'another app has ::1',
    code: 'LISTENER_SHADOWED',
    arrange: async (scene) => {
      const port = await newPort(scene)
      await stranger(scene, port, '::1')
      return script('listener-shadowed.mjs', '--port', String(port), '--url', `http://localhost:${port}/`)(scene)
    },
    cure: runFix,
  },
  {
    name: 'nothing was started yet',
    code: 'FOREIGN_SERVER_ANSWERS',
    arrange: async (scene) => {
      const port = await newPort(scene)
      await stranger(scene, port)
      return { args: [...ask, '--no-trial', '--port', String(port), well(scene)] }
    },
    cure: async (verdict, invocation, scene) => {
      await endNamed(verdict)
      await startCli(scene, ['start', '--port', invocation.args[ask.length + 2] ?? '', well(scene)]).url()
      return { ...invocation, args: [...ask] }
    },
  },
  {
    name: 'by its path',
    code: 'SOCKET_PATH_TOO_LONG',
    arrange: script('socket-path-too-long.mjs'),
    cure: mend(/103|shorter/),
  },
  {
    name: 'one that browsers block',
    code: 'PORT_UNSAFE_FOR_BROWSERS',
    arrange: (scene) => script('port-unsafe-for-browsers.mjs', '--port', String(oneOf([6665, 6666, 6667, 6668, 6669])))(scene),
    cure: runFix,
  },
  {
    name: 'a network of its own',
    code: 'NETWORK_NAMESPACE',
    arrange: command(['unshare', '--net', 'sh', '-c', `ip link set lo up && ${afterwards}`, 'node'], 'network-namespace.mjs'),
    cure: saying((args, { hint }) => {
      wordIn(hint, /(network)/)
      return [...ask, '--', ...args.slice(args.indexOf('node'))]
    }),
  },
  { name: 'another protocol', code: 'NOT_HTTP', arrange: script('not-http.mjs'), cure: mend(/HTTP server/) },
  {
    name: 'https is dialled, and http spoken',
    code: 'NOT_HTTP',
    arrange: async (scene) => {
      const port = await newPort(scene)
      return { args: [...ask, '--port', String(port), '--url', `https://127.0.0.1:${port}/`, well(scene)] }
    },
    cure: saying((args, { hint }) => args.map((word) => (word.startsWith('https:') ? wordIn(hint, /(http:\S+)/) : word))),
  },
  {
    name: 'no localhost in the hosts file',
    code: 'LOCALHOST_UNRESOLVABLE',
    arrange: command(
      [
        'unshare',
        '--mount',
        'sh',
        '-c',
        `mount --bind /dev/null /etc/hosts && mount --bind /dev/null /etc/resolv.conf && ${afterwards}`,
        'node',
      ],
      'localhost-unresolvable.mjs',
    ),
    cure: mend(/127\.0\.0\.1/),
  },
  {
    name: 'an address, and nobody is there',
    code: 'NOTHING_LISTENS',
    arrange: async (scene) => ({ args: [...ask, '--port', String(await newPort(scene))] }),
    cure: async ({ hint }, invocation, scene) => {
      wordIn(hint, /(start)/i)
      await serve(scene, well(scene), Number(invocation.args.at(-1)))
      return invocation
    },
  },
  { name: 'a backend that waits for something', code: 'NOTHING_LISTENS', arrange: script('nothing-listens.mjs'), cure: mend(/listen/) },
  { name: 'by design', code: 'LISTENS_ON_SOCKET', arrange: script('listens-on-socket.mjs'), cure: mend(/socket|port/i) },
]

/** Of the first generation, where a group may have a limit of its own as soon as it is made. */
const memoryGroups = '/sys/fs/cgroup/memory'

const deaths: readonly Row[] = [
  { name: 'of the first one', code: 'CRASHED_ON_REQUEST', arrange: script('crashed-on-request.mjs'), cure: mend(/GET \//) },
  {
    name: 'before the answer, and without a word',
    code: 'CRASHED_ON_REQUEST',
    arrange: (scene) => {
      const file = program(scene, 'crashed-on-request.mjs')
      writeFileSync(
        file,
        `import { createServer } from 'node:http'\ncreateServer(() => process.exit(1)).listen(process.env.PORT, process.env.HOST)\n`,
      )
      return { args: [...ask, file] }
    },
    cure: mend(/process\.exit/),
  },
  {
    name: 'a path that the window asks for, and the health check does not',
    code: 'CRASHED_ON_REQUEST',
    arrange: async (scene) => {
      const port = await newPort(scene)
      const file = program(scene, 'crashed-on-request.mjs')
      writeFileSync(
        file,
        readFileSync(file, 'utf8')
          .replace('(_request, response)', '(request, response)')
          .replace('setTimeout(remember, 50)', "request.url === '/api/projects' && remember()"),
      )
      return { args: [...ask, '--port', String(port), '--url', `http://127.0.0.1:${port}/api/projects`, file] }
    },
    cure: mend(/GET \/api\/projects/),
  },
  {
    name: 'of Node',
    code: 'OUT_OF_HEAP',
    arrange: command(['node', '--max-old-space-size=40'], 'out-of-heap.mjs'),
    cure: mend(/max-old-space-size|stream/),
  },
  {
    name: 'the kernel counts it',
    code: 'KILLED_BY_OOM',
    arrange: (scene) => {
      const group = join(memoryGroups, basename(scene.dir))
      mkdirSync(group)
      scene.atEnd(() => rmdirSync(group))
      writeFileSync(join(group, 'memory.limit_in_bytes'), String(256 * 1024 * 1024))
      const grows = `import { createServer } from 'node:http'
const held = []
const grow = () => held.length < 200 && held.push(Buffer.alloc(4 * 1024 * 1024, 1))
createServer((_request, response) => response.end('{}', () => setInterval(grow, 5))).listen(process.env.PORT, process.env.HOST)
`
      const args = [...ask, scene.file('grows.mjs', grows)]
      return { args, started: (pid) => writeFileSync(join(group, 'cgroup.procs'), String(pid)) }
    },
    cure: mend(/memory/),
  },
  { name: 'as far as a SIGKILL tells', code: 'KILLED_BY_OOM', confidence: 'possible', arrange: script('killed-by-oom.mjs') },
  { name: 'SIGILL', code: 'KILLED_BY_CPU_OR_KERNEL', arrange: script('killed-by-cpu-or-kernel.mjs'), cure: mend(/processor|build/) },
  {
    name: 'SIGSEGV',
    code: 'KILLED_BY_CPU_OR_KERNEL',
    arrange: (scene) => ({
      args: [...ask, scene.file('crash.mjs', "process.kill(process.pid, 'SIGSEGV')\nsetInterval(() => {}, 1000)\n")],
    }),
    cure: mend(/processor|build|native/),
  },
  { name: 'the reader of its log', code: 'BROKEN_PIPE', arrange: script('broken-pipe.mjs'), cure: mend(/on\('error'/) },
  {
    name: 'with too little patience',
    code: 'KILLED_BY_SUPERVISOR',
    arrange: async (scene) => {
      const port = await newPort(scene)
      const file = program(scene, 'killed-by-supervisor.mjs')
      configured(scene, { name: 'api', port, script: file, liveness: { periodMs: 300, timeoutMs: 200, failureThreshold: 2 } })
      const cli = startCli(scene, ['start'])
      await cli.saying(/ending it.*ready at/s)
      return { args: [...ask] }
    },
    cure: async ({ hint }, invocation, scene) => {
      wordIn(hint, /(liveness|failureThreshold|timeoutMs)/)
      const config = JSON.parse(readFileSync(join(scene.dir, 'jarvis.config.json'), 'utf8')) as object
      await startCli(scene, ['stop', 'api']).ended
      configured(scene, { ...config, liveness: { periodMs: 5000, timeoutMs: 4000, failureThreshold: 6 } })
      await startCli(scene, ['start']).url()
      return invocation
    },
  },
]

/** The port on which a process of the scene is to be examined, after its first answer. */
const muteAfterOne = async (scene: Scene, file: string, options: Parameters<typeof serve>[3] = {}): Promise<number> => {
  const port = await newPort(scene)
  await serve(scene, program(scene, file), port, options)
  await get(`http://127.0.0.1:${port}/`)
  return port
}

const silences: readonly Row[] = [
  { name: 'after the first answer', code: 'EVENT_LOOP_BLOCKED', arrange: script('event-loop-blocked.mjs'), cure: mend(/event loop/) },
  {
    name: 'a stranger, by its address',
    code: 'EVENT_LOOP_BLOCKED',
    arrange: async (scene) => ({ args: [...ask, '--port', String(await muteAfterOne(scene, 'event-loop-blocked.mjs'))] }),
    cure: async (_verdict, invocation, scene) => restarted(scene, 'event-loop-blocked.mjs', invocation),
  },
  { name: 'a lock', code: 'ACCEPTS_NEVER_ANSWERS', arrange: script('accepts-never-answers.mjs'), cure: mend(/handler/) },
  { name: 'it closes instead', code: 'ACCEPTS_NEVER_ANSWERS', arrange: script('accepts-never-answers-closes.mjs'), cure: mend(/socket/) },
  {
    name: 'a stranger, by its address',
    code: 'ACCEPTS_NEVER_ANSWERS',
    arrange: async (scene) => ({ args: [...ask, '--port', String(await muteAfterOne(scene, 'accepts-never-answers.mjs'))] }),
  },
  { name: 'of what it has started', code: 'OUTPUT_PIPE_FULL', arrange: script('output-pipe-full.mjs'), cure: mend(/read/i) },
  {
    name: 'of a stranger, by its address',
    code: 'OUTPUT_PIPE_FULL',
    arrange: async (scene) => ({
      args: [
        ...ask,
        '--port',
        String(await muteAfterOne(scene, 'output-pipe-full.mjs', { env: { SERVES: '1' }, stdio: ['ignore', 'pipe', 'ignore'] })),
      ],
    }),
  },
  { name: 'a part of it', code: 'PROCESS_SUSPENDED', arrange: script('process-suspended.mjs'), cure: mend(/kill -CONT/) },
  {
    name: 'a stranger, by its address',
    code: 'PROCESS_SUSPENDED',
    arrange: async (scene) => {
      const port = await newPort(scene)
      const child = await serve(scene, well(scene), port)
      child.kill('SIGSTOP')
      return { args: [...ask, '--port', String(port)] }
    },
    cure: runFix,
  },
  {
    name: 'of a supervised service',
    code: 'PROCESS_SUSPENDED',
    arrange: async (scene) => {
      const port = await newPort(scene)
      configured(scene, { name: 'api', port, script: well(scene), liveness: false })
      await startCli(scene, ['start']).url()
      const pid = scene.pids().find((each) => readFileSync(`/proc/${each}/cmdline`, 'latin1').includes('server.mjs'))
      process.kill(pid ?? 0, 'SIGSTOP')
      return { args: [...ask] }
    },
    cure: runFix,
  },
  {
    name: 'an event stream is open',
    code: 'HALF_CLOSED_SHUTDOWN',
    arrange: script('half-closed-shutdown.mjs'),
    cure: mend(/closeAllConnections/),
  },
  { name: 'while its loop is blocked', code: 'ACCEPT_QUEUE_FULL', arrange: script('accept-queue-full.mjs'), cure: mend(/event loop/) },
  { name: '500', code: 'SERVER_ERROR', arrange: script('server-error.mjs'), cure: mend(/GET \//) },
  {
    name: '503 of a stranger',
    code: 'SERVER_ERROR',
    arrange: async (scene) => {
      const port = await newPort(scene)
      const file = program(scene, 'server-error.mjs')
      writeFileSync(file, readFileSync(file, 'utf8').replace('500', '503'))
      await serve(scene, file, port)
      return { args: [...ask, '--port', String(port)] }
    },
  },
]

/** The stranger's code is mended, and it is started again. */
const restarted = async (scene: Scene, file: string, invocation: { readonly args: readonly string[] }): Promise<typeof invocation> => {
  const path = join(scene.dir, file)
  const port = Number(invocation.args.at(-1))
  for (const pid of scene.pids()) if (readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(file)) process.kill(pid, 'SIGKILL')
  await until('it is gone', () => !isListenedOn(port))
  makeWell(path)
  await serve(scene, path, port)
  return invocation
}

const ways: readonly Row[] = [
  {
    name: "a company's proxy",
    code: 'PROXY_INTERCEPTS',
    arrange: async (scene) => {
      const port = await newPort(scene)
      const words = [process.execPath, program(scene, 'proxy-intercepts.mjs')]
      const child = start(scene, words, { env: { PORT: String(port), HOST: '127.0.0.1' }, stdio: ['ignore', 'pipe', 'ignore'] })
      const [line] = (await once(child.stdout!, 'data')) as [Buffer]
      await until('it listens', () => isListenedOn(port))
      return { args: [...ask, '--port', String(port)], env: { HTTP_PROXY: wordIn(String(line), /HTTP_PROXY=(\S+)/) } }
    },
    cure: (verdict, invocation, scene) => {
      if (verdict.fix !== null) return runFix(verdict, invocation, scene)
      return { ...invocation, env: { ...invocation.env, NO_PROXY: wordIn(verdict.hint, /NO_PROXY=(\S+?)[.;]?(?:\s|$)/) } }
    },
  },
  {
    name: 'a page of another origin',
    code: 'CORS_BLOCKED',
    arrange: script('cors-blocked.mjs', '--origin', 'http://localhost:5173'),
    cure: adding(({ hint }) => ['--env', `ALLOW_ORIGIN=${wordIn(hint, /Access-Control-Allow-Origin: ([^\s,;]+)/)}`]),
  },
  {
    name: 'a readiness that wants 200',
    code: 'HEALTH_REQUIRES_AUTH',
    arrange: (scene) => {
      configured(scene, { script: program(scene, 'health-requires-auth.mjs'), readiness: { kind: 'http', status: [200, 299] } })
      return { args: [...ask] }
    },
    cure: ({ hint }, invocation, scene) => {
      const status = JSON.parse(wordIn(hint, /readiness\.status: (\[\d+, \d+\])/)) as number[]
      configured(scene, { script: join(scene.dir, 'health-requires-auth.mjs'), readiness: { kind: 'http', status } })
      return invocation
    },
  },
  {
    name: 'a Flatpak that has no Claude',
    code: 'CONFINED_PACKAGE',
    confidence: 'likely',
    arrange: (scene) => ({ ...script('claude-not-found.mjs')(scene), env: { ...noClaude(scene), FLATPAK_ID: 'org.example.Jarvis' } }),
  },
]

export const rows: readonly Row[] = [...starts, ...loads, ...claudes, ...binds, ...places, ...deaths, ...silences, ...ways]

const isRoot = process.getuid?.() === 0
const rootsOnly = new Set<string>(['PORT_PRIVILEGED', 'NETWORK_NAMESPACE', 'LOCALHOST_UNRESOLVABLE'])

/** Some take root, or what not every Linux has. */
export const isPossibleHere = ({ code, name }: Row): boolean => {
  if (code === 'KILLED_BY_OOM' && name === 'the kernel counts it') return isRoot && existsSync(memoryGroups)
  return isRoot || !rootsOnly.has(code)
}
