import { expect, it } from 'vitest'
import { openDoorWords } from '../../src/commands/door-words.ts'

it.each([
  ['my-api', 'restart my-api.'],
  ['My App', 'restart "My App".'],
])('a door that stays open says where it is, and how to go on with %s', (name, command) => {
  const words = openDoorWords({ name, gatewayUrl: 'http://127.0.0.1:8001' })
  expect(words).toMatch(/^http:\/\/127\.0\.0\.1:8001 stays open and answers 503/)
  expect(words).toContain(`jarvis-supervise ${command}`)
  expect(words).toContain('Ctrl-C')
})
