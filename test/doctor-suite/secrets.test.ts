import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCli, startCli } from '../helpers/cli.ts'
import { isListenedOn } from '../helpers/ports.ts'
import { until } from '../helpers/processes.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'
import { type Call, portOf } from './examined.ts'
import { start } from './row.ts'

/** Secrets by where they are. Each is new, and none is anything that a pattern knows. */
interface Canaries {
  /** Of the doctor's own environment. */
  readonly own: Readonly<Record<string, string>>
  /** Of the service's config and its file of variables. */
  readonly config: Readonly<Record<string, string>>
  readonly envFile: Readonly<Record<string, string>>
  /** `--token X`, `--api-key=X`, `https://host/?access_token=X` */
  readonly args: readonly string[]
  /** `password: X` and the like, which nothing else has. */
  readonly said: readonly string[]
  /** Of the URL that the window dials. */
  readonly query: string
  /** The values of all. */
  readonly all: ReadonlyMap<string, string>
}

const random = (): string => `Zq7${randomBytes(15).toString('base64url').replace(/[-_]/g, 'x')}`
/** With what has to be escaped somewhere. */
const awkward = (): string => `${random()}+/"\\ %&=é${randomBytes(6).toString('hex')}`

const newCanaries = (): Canaries => {
  const all = new Map<string, string>()
  const keep = (name: string, value: string): string => {
    all.set(name, value)
    return value
  }
  const named = (where: string, names: readonly string[], value: () => string): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, keep(`${where} ${name}`, value())]))
  const login = keep('password of DATABASE_URL', random())
  return {
    own: {
      ...named('environment', ['API_TOKEN', 'DB_PASSWORD', 'ANTHROPIC_API_KEY', 'SESSION_KEY', 'npm_config__auth'], random),
      ...named('environment', ['MY_SECRET', 'STRANGE_PASSWORD'], awkward),
      DATABASE_URL: `postgres://admin:${login}@db.example:5432/app`,
    },
    config: named('config', ['PAYMENT_SECRET', 'OPENAI_API_KEY'], random),
    envFile: named('envFile', ['SMTP_PASSWORD', 'JWT_SIGNING_KEY'], random),
    args: [
      '--token',
      keep('argument --token', random()),
      `--api-key=${keep('argument --api-key=', random())}`,
      `https://hooks.example/path?access_token=${keep('query of an argument', random())}`,
      `https://user:${keep('login of an argument', random())}@hooks.example/`,
    ],
    said: [
      `password: ${keep('line password:', random())}`,
      `{"apiKey":"${keep('line "apiKey"', random())}"}`,
      `Authorization: Bearer ${keep('line Authorization', random())}`,
      `set-cookie: session=${keep('line set-cookie', random())}; HttpOnly`,
      `connecting to mysql://root:${keep('line with a login', random())}@127.0.0.1/db`,
      `client_secret=${keep('line client_secret=', random())}`,
    ],
    query: keep('query of --url', random()),
    all,
  }
}

const half = ({ length }: string): number => Math.max(14, Math.ceil(length / 2))

/** A secret as it may be found again. */
const spellings = (value: string): string[] => {
  const bytes = Buffer.from(value)
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(Math.ceil((8 * offset) / 6), Math.floor((8 * (offset + bytes.length)) / 6)),
  )
  const escaped = JSON.stringify(value).slice(1, -1)
  return [
    ...[value, encodeURIComponent(value), encodeURI(value), escaped, JSON.stringify(escaped).slice(1, -1)],
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    // half of it is one, too
    value.slice(0, half(value)),
  ]
}

/** Where which is found; never the secret itself. */
const leaksIn = (texts: Readonly<Record<string, string>>, { all }: Canaries): string[] =>
  Object.entries(texts).flatMap(([where, text]) =>
    [...all].flatMap(([name, value]) => {
      // columns break words, and JSON escapes what is not ASCII
      const plain = [text, text.replace(/\n\s*/g, ''), text.replace(/\n\s*/g, ' ')]
      const found = spellings(value).find((spelling) => plain.some((each) => each.includes(spelling)))
      if (found === undefined) return []
      const at = plain.find((each) => each.includes(found)) ?? ''
      const before = at.slice(Math.max(0, at.indexOf(found) - 60), at.indexOf(found))
      return [`${name} in ${where}, after ${JSON.stringify(before)}`]
    }),
  )

/** What a backend does that tells all it has. */
const tellsAll = `
const names = ['API_TOKEN', 'DB_PASSWORD', 'ANTHROPIC_API_KEY', 'SESSION_KEY', 'npm_config__auth', 'MY_SECRET', 'STRANGE_PASSWORD', 'DATABASE_URL', 'PAYMENT_SECRET', 'OPENAI_API_KEY', 'SMTP_PASSWORD', 'JWT_SIGNING_KEY']
const values = names.flatMap((name) => process.env[name] ?? [])
const spellings = (value) => [value, encodeURIComponent(value), JSON.stringify(value), JSON.stringify({ text: JSON.stringify(value) }), Buffer.from(value).toString('base64'), Buffer.from('user:' + value).toString('base64url'), Buffer.from(value).toString('hex'), 'cut ' + value.slice(0, Math.max(16, value.length / 2 + 1))]
const all = values.flatMap(spellings)
const tell = () => {
  for (const text of all) console.log('using', text)
  for (const text of all) console.error(text)
  console.log(JSON.stringify({ argv: process.argv.slice(2) }))
  console.log('started with', process.argv.slice(2).join(' '))
  console.log('all at once: ' + values.join(','))
  for (const text of ${'SAID'}) console.error(text)
}
const body = () => all.join('\\n') + '\\n' + JSON.stringify(process.argv) + '\\n' + ${'SAID'}.join('\\n')
`

const program = (scene: Scene, { said }: Canaries, does: string): string =>
  scene.file('server.mjs', `import { createServer } from 'node:http'\n${tellsAll.replaceAll('SAID', JSON.stringify(said))}\n${does}`)

/** A config that gives its share, and starts the program with secret arguments. */
const config = (scene: Scene, canaries: Canaries, more: object = {}): string => {
  const { config: env, envFile, args } = canaries
  scene.file(
    'secret.env',
    Object.entries(envFile)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  return scene.file(
    'jarvis.config.json',
    JSON.stringify({ name: 'backend', script: 'server.mjs', env, envFile: 'secret.env', args, ...more }),
  )
}

interface Case {
  readonly name: string
  readonly arrange: (scene: Scene, canaries: Canaries) => Call | Promise<Call>
  readonly code?: number
}

const failing = (status: number): string =>
  `tell(); createServer((request, response) => response.writeHead(${status}, { server: 'x ' + Buffer.from(values[0]).toString('base64') + ' ' + values[1], 'x-powered-by': values[2], 'set-cookie': 'session=' + values[3] }).end(body())).listen(process.env.PORT, process.env.HOST)`

const tried = (name: string, does: string, more: object = {}, ...options: string[]): Case => ({
  name,
  arrange: (scene, canaries) => {
    program(scene, canaries, does)
    return { args: [...options, '--config', config(scene, canaries, more)] }
  },
})

const cases: readonly Case[] = [
  { ...tried('is well', failing(200)), code: 0 },
  tried('is well as a packaged app', failing(200), {}, '--as', 'packaged'),
  tried('answers 500', failing(500)),
  tried('asks who is there', failing(401), { readiness: { kind: 'http', status: [200, 200] } }),
  tried('dies with all it knows', 'tell(); throw new Error(all.join(" "))'),
  tried('dies with one of them', 'throw new Error(`cannot log in with ${process.env.DB_PASSWORD} and ${process.env.PAYMENT_SECRET}`)'),
  tried('dies of a request', 'createServer(() => { tell(); throw new TypeError(body()) }).listen(process.env.PORT, process.env.HOST)'),
  tried('never listens', 'tell(); setInterval(() => {}, 1000)'),
  tried('listens elsewhere', "tell(); createServer(() => {}).listen(0, '127.0.0.1')"),
  tried('never answers', 'tell(); process.title = values.join(" "); createServer(() => {}).listen(process.env.PORT, process.env.HOST)'),
  tried(
    'speaks no HTTP',
    "tell(); (await import('node:net')).createServer((socket) => socket.end(body())).listen(process.env.PORT, process.env.HOST)",
  ),
  tried('listens on a socket with a secret name', 'tell(); createServer(() => {}).listen(`\\0${process.env.API_TOKEN}`)'),
  {
    name: 'is no program that there is',
    arrange: (scene, canaries) => ({ args: ['--config', config(scene, canaries, { script: undefined, command: 'no-such-program' })] }),
  },
  {
    name: 'is a script that is not there',
    arrange: (scene, canaries) => ({ args: ['--config', config(scene, canaries, { script: `gone-${canaries.own.API_TOKEN}.mjs` })] }),
  },
  {
    name: 'is given its secrets on the command line',
    arrange: (scene, canaries) => {
      const path = program(scene, canaries, failing(500))
      const env = Object.entries({ ...canaries.config, ...canaries.envFile }).flatMap(([name, value]) => ['--env', `${name}=${value}`])
      return { args: [...env, path, '--', ...canaries.args] }
    },
  },
  {
    name: 'is a command with secret arguments that fails',
    arrange: (scene, canaries) => ({
      args: ['--', 'node', program(scene, canaries, 'tell(); process.exit(1)'), ...canaries.args],
    }),
  },
  {
    name: 'is asked for a path with a secret query',
    arrange: async (scene, canaries) => {
      program(scene, canaries, failing(500).replace('body()', 'request.url + body()'))
      const url = `http://127.0.0.1:${await portOf(scene)}/api?access_token=${canaries.query}&x=1`
      return { args: ['--url', url, '--config', config(scene, canaries)] }
    },
  },
  {
    name: 'is an address that nobody has, with a secret query',
    arrange: async (scene, { query }) => ({ args: ['--url', `http://127.0.0.1:${await portOf(scene)}/api?key=${query}#t=1`] }),
  },
  {
    name: 'is an address that is none, with a secret query',
    arrange: (_, { query }) => ({ args: ['--url', `htp://127.0.0.1/api?key=${query}`] }),
    code: 2,
  },
  {
    name: 'finds its port with a stranger that was given secrets',
    arrange: async (scene, canaries) => {
      const port = await portOf(scene)
      const stranger = join(scene.dir, 'stranger.mjs')
      renameSync(program(scene, canaries, failing(200)), stranger)
      // a process whose threads are still ending may count as dead and have its port
      scene.atEnd(() => until(`${port} is free`, () => !isListenedOn(port)))
      start(scene, [process.execPath, stranger, ...canaries.args], { env: { PORT: String(port), HOST: '127.0.0.1', ...canaries.own } })
      await until('the stranger listens', () => isListenedOn(port))
      program(scene, canaries, failing(200))
      return { args: ['--port', String(port), '--config', config(scene, canaries)] }
    },
  },
  {
    name: 'runs under a supervisor and fails',
    arrange: async (scene, canaries) => {
      program(scene, canaries, failing(500))
      const cli = startCli(scene, ['start', '--config', config(scene, canaries, { readiness: { kind: 'tcp' } })], { env: canaries.own })
      await cli.saying(/ready/)
      return { args: [] }
    },
  },
  {
    name: 'has crashed under a supervisor, which gave up',
    arrange: async (scene, canaries) => {
      program(
        scene,
        canaries,
        'tell(); setTimeout(() => { throw new Error(all.join(" ")) }, 300); createServer((_, response) => response.end("fine")).listen(process.env.PORT, process.env.HOST)',
      )
      const cli = startCli(scene, ['start', '--config', config(scene, canaries, { restart: { intensity: { maxRestarts: 30 } } })], {
        env: canaries.own,
      })
      await cli.saying(/ready/)
      return { args: [] }
    },
  },
]

const keepsAll = async ({ arrange, code }: Case): Promise<void> => {
  await using scene = createScene()
  const canaries = newCanaries()
  const { args, env } = await arrange(scene, canaries)
  const options = { env: { ...env, ...canaries.own } }
  const bundle = join(scene.dir, 'seen.json')
  const first = await runCli(scene, ['doctor', '--json', '--bundle', bundle, ...args], options)
  const texts: Record<string, string> = { '--json': String(first.stdout), 'stderr with --json': first.stderr }
  if (existsSync(bundle)) {
    texts.bundle = readFileSync(bundle, 'utf8')
    // as somebody else would: without the variables that name what is secret
    for (const more of [['--json'], [], ['--verbose']]) {
      const again = await runCli(scene, ['doctor', '--replay', bundle, ...more])
      texts[`--replay ${more.join(' ')}`] = String(again.stdout) + again.stderr
    }
  }
  const read = await runCli(scene, ['doctor', '--verbose', ...args], options)
  texts['text, verbose'] = String(read.stdout)
  texts['stderr with text'] = read.stderr
  expect(first.code, first.stderr).toBe(code ?? first.code)
  // what is tested here would be kept by saying nothing, too
  expect(texts['text, verbose'] + read.stderr).not.toBe('')
  expect(leaksIn(texts, canaries)).toEqual([])
}

describe('the doctor keeps the secrets of a backend that', () => {
  for (const one of cases) it(one.name, () => keepsAll(one))
})

describe('the search for leaks', () => {
  it('finds a secret however it is spelled', () => {
    const canaries = newCanaries()
    const [[, plain], [, awkwardOne]] = [...canaries.all].filter(([name]) => /API_TOKEN|MY_SECRET/.test(name)) as [
      [string, string],
      [string, string],
    ]
    const texts = [
      plain,
      `x${Buffer.from(`user:${plain}`).toString('base64')}`,
      encodeURIComponent(awkwardOne),
      JSON.stringify(JSON.stringify(awkwardOne)),
      plain.slice(0, 20),
    ]
    for (const text of texts) expect(leaksIn({ text }, canaries), text).not.toEqual([])
    expect(leaksIn({ text: 'nothing of that' }, canaries)).toEqual([])
  })
})
