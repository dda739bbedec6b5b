import { describe, expect, it } from 'vitest'
import { causeCodes } from '../../src/causes/codes.ts'
import { cures } from '../../src/causes/cures.ts'
import { explainExit } from '../../src/causes/exit.ts'
import { firstError } from '../../src/causes/first-error.ts'
import { causeInOutput, outputPatterns } from '../../src/causes/patterns.ts'
import { known, linesOf, printed } from './said.ts'

const causeOf = (text: string, code = 1): string | null =>
  explainExit({ code, signal: null, tail: linesOf(text), port: 3000, wasReady: false, endedByUs: null }).reason

describe('the cause that last words name', () => {
  it.each(printed)('$who: $cause', ({ text, code, cause }) => {
    expect(causeOf(text, code)).toBe(cause)
  })

  it.each(known)('$who, as it is known to say: $cause', ({ text, code, cause }) => {
    expect(causeOf(text, code)).toBe(cause)
  })

  it.each([
    ['a port that was passed over, and another end', 'EADDRINUSE, trying next port\nlistening on 3001\nconfig.json is no JSON'],
    ['Vite, which takes another', 'Port 5173 is in use, trying another one...\nbuild crashed'],
    ['Next, which takes another', '⚠ Port 3000 is in use, using 3001 instead.\nboom'],
    ['a port that was lost long ago', `Error: listen EADDRINUSE: address already in use :::3000\n${'served a request\n'.repeat(6)}bye`],
    ['a server that runs after all', 'port 3000 is in use\nserver running at http://127.0.0.1:3001\nbye'],
    [
      'another error that ended it',
      'Error: listen EADDRINUSE: address already in use :::3000\nTypeError: x is not a function\n    at a (/app/a.js:1:2)',
    ],
    ['another error, in Python', 'address already in use\nTraceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: no'],
    ['a warning', 'warning: environment variable FOO is not set\nbye'],
    ['a default', 'environment variable FOO not set, using default\nbye'],
    [
      'a quoted source',
      "/app/a.js:1\nif (error.code === 'EADDRINUSE') throw new Error('x')\n                                  ^\n\nError: x\n\nNode.js v20.20.2",
    ],
    ['the inspector, which Node does without', 'Starting inspector on 127.0.0.1:9229 failed: address already in use'],
    ['a connection that finds no port', 'Error: connect EADDRNOTAVAIL 10.0.0.1:5432'],
    ['a model', 'model claude-3-opus of the list not found'],
    ['a command that a script missed, and went on', './start.sh: line 3: foo: command not found'],
    [
      'a mistake in TypeScript that Node 24 reads',
      "/app/a.ts:1\nlet a = 1; let a = 2\n               ^\n\nSyntaxError: Identifier 'a' has already been declared\n\nNode.js v24.1.0",
    ],
    ['a global that is not of Node', 'ReferenceError: window is not defined'],
    ['a page of a browser', 'GET /docs/address-already-in-use 200'],
    ['a successful build', 'built with 0 errors\nstarted'],
  ])('is none for %s', (_what, text) => {
    expect(causeOf(text)).toBeNull()
  })

  it('a global is missing only in a Node that is too old for it', () => {
    const tail = (version: string): string[] => ['ReferenceError: fetch is not defined', '    at a.js:1:1', '', `Node.js v${version}`]
    expect(causeInOutput(tail('16.20.0'))?.cause).toBe('NODE_TOO_OLD')
    expect(causeInOutput(tail('20.20.2'))).toBeUndefined()
  })

  it('what came by another pipe behind the signature of a report does not weaken it', () => {
    const report = ['Error: listen EADDRINUSE: address already in use 127.0.0.1:3000', '    at Server', 'Node.js v20.20.2']
    expect(causeInOutput([...report, 'Listening at http://127.0.0.1:3000'])?.cause).toBe('PORT_TAKEN')
  })

  it('is told without colours, with the line that names it', () => {
    expect(causeInOutput(['\u001b[31mError: bind: address already in use\u001b[0m'])).toEqual({
      cause: 'PORT_TAKEN',
      line: 'Error: bind: address already in use',
    })
  })

  it('every cause that output can name has a cure, and no cure is for a cause that does not exist', () => {
    expect([...new Set(outputPatterns.map(({ cause }) => cause))].filter((cause) => cures[cause] === undefined)).toEqual([])
    expect(Object.keys(cures).filter((cause) => !(causeCodes as readonly string[]).includes(cause))).toEqual([])
    for (const cure of Object.values(cures)) expect(cure).toMatch(/^[A-Z].*\.$/)
  })

  it('every pattern is needed by last words of the tables', () => {
    const { length } = outputPatterns
    const all = [...printed, ...known].map(({ text, code = 1 }) => ({ text, code }))
    const used = outputPatterns.filter(({ pattern }) => all.some(({ text }) => linesOf(text).some((line) => pattern.test(line))))
    expect(length).toBeGreaterThan(50)
    expect(outputPatterns.filter((one) => !used.includes(one)).map(({ pattern }) => pattern.source)).toEqual([])
  })

  it('hostile lines are only looked at as far as people would', () => {
    const parts = ['(', 'spawn ', 'listen EACCES ', 'listening on ', 'missing environment ', '\u001b[1;', 'A::', 'a.', "thread '", '"']
    for (const part of parts) {
      const tail = Array.from({ length: 20 }, () => `${part.repeat(10_000 / part.length)}EADDRINUSE`)
      expect(causeInOutput(tail)).toBeUndefined()
      expect(firstError(tail)?.length).toBeLessThanOrEqual(300)
    }
  })
})
