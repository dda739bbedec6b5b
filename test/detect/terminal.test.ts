import { expect, it } from 'vitest'
import { isFromTerminal } from '../../src/detect/terminal.ts'

it.each<[string, Parameters<typeof isFromTerminal>[0], boolean]>([
  ['a stream of it is one', { env: {}, isTerminal: true }, true],
  ['a shell in one started it, its streams redirected', { env: { TERM: 'xterm-256color', SHLVL: '1' } }, true],
  ['launchd started it', { env: {} }, false],
  ['GNOME started it', { env: { SHLVL: '1' } }, false],
  ['systemd started it, with a TERM', { env: { TERM: 'linux' } }, false],
  ['an editor started it', { env: { TERM: 'dumb', SHLVL: '2' } }, false],
  ['the variables are empty', { env: { TERM: '', SHLVL: '' }, isTerminal: false }, false],
])('whether a process is from a terminal, where %s', (_, surroundings, expected) => {
  expect(isFromTerminal(surroundings)).toBe(expected)
})
