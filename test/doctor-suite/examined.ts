/** What the suites of real backends are made of: a backend that the test writes, and what the doctor says of it. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type CliOptions, runCli } from '../helpers/cli.ts'
import { freePort } from '../helpers/ports.ts'
import type { Scene } from '../helpers/supervised.ts'

export interface Check {
  readonly id: string
  readonly status: 'ok' | 'warn' | 'fail' | 'skip'
  readonly code: string | null
  readonly title: string
}

export interface Report {
  readonly schema: number
  readonly ok: boolean
  readonly verdict: {
    readonly code: string
    readonly confidence: string
    readonly explanation: string
    readonly hint: string
    readonly supports: readonly string[]
    readonly contradicts: readonly string[]
  }
  readonly checks: readonly Check[]
}

export interface Examined {
  readonly code: number | null
  readonly report: Report
  readonly stdout: string
  readonly stderr: string
  readonly elapsedMs: number
}

/** What is examined, without `doctor --json`. */
export interface Call extends CliOptions {
  readonly args: readonly string[]
}

/** The doctor's own limit. */
export const longestMs = 25_000

export const examined = async (scene: Scene, { args, ...options }: Call): Promise<Examined> => {
  const began = performance.now()
  const { code, stdout, stderr } = await runCli(scene, ['doctor', '--json', ...args], options)
  const elapsedMs = performance.now() - began
  return { code, report: reportIn(String(stdout), stderr), stdout: String(stdout), stderr, elapsedMs }
}

const reportIn = (text: string, stderr: string): Report => {
  try {
    return JSON.parse(text) as Report
  } catch {
    throw new Error(`No report, but ${JSON.stringify(text.slice(0, 500))}; on stderr: ${stderr.slice(-2000)}`)
  }
}

/** A Node program of the scene, as a script to be tried. */
export const script = (scene: Scene, source: string, ...options: string[]): Call => ({
  args: [...options, scene.file('server.mjs', source)],
})

/** The same with a config of its own, tried by it. */
export const configured = (scene: Scene, source: string, config: object, ...options: string[]): Call => {
  scene.file('server.mjs', source)
  scene.file('jarvis.config.json', JSON.stringify({ script: 'server.mjs', name: 'backend', ...config }))
  return { args: [...options, '--config', join(scene.dir, 'jarvis.config.json')] }
}

/** A command that is given these words. */
export const command = (words: readonly string[], ...options: string[]): Call => ({ args: [...options, '--', ...words] })

/** An HTTP server on what it is given; `answers` sees `request` and `response`. */
export const http = (answers = "response.end('fine')", before = '', afterwards = ''): string => `import { createServer } from 'node:http'
${before}
const server = createServer((request, response) => { ${answers} })
server.listen(process.env.PORT, process.env.HOST)
${afterwards}
`

/** A server of bare connections; `answers` sees `socket`, after the question has come. */
export const tcp = (answers: string, before = ''): string => `import { createServer } from 'node:net'
${before}
createServer((socket) => {
  socket.on('error', () => {})
  socket.once('data', () => { ${answers} })
}).listen(process.env.PORT, process.env.HOST)
`

export const portOf = async (scene: Scene): Promise<number> => scene.watchPort(await freePort())

/** Where a program lies; undefined: it is not there. */
export const onPath = (name: string, ...more: string[]): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', ...more].map((dir) => join(dir, name)).find((path) => existsSync(path))

/** For the message of a test that fails. */
export const words = ({ report: { verdict, checks }, elapsedMs }: Examined): string =>
  [
    `${verdict.code} (${verdict.confidence}) after ${Math.round(elapsedMs)} ms: ${verdict.explanation}`,
    ...verdict.supports,
    ...verdict.contradicts.map((fact) => `but: ${fact}`),
    ...checks.filter(({ status }) => status === 'fail' || status === 'warn').map(({ id, status, title }) => `${status} ${id}: ${title}`),
  ].join('\n')
