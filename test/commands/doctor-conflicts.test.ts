import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../src/commands/arguments.ts'
import { isAddress, refuseConflicts, refuseForNobody } from '../../src/commands/doctor-conflicts.ts'
import { doctorTable } from '../../src/commands/doctor-options.ts'

const everywhere = Object.fromEntries(['config', 'claude-path', 'state-dir', 'node-path'].map((name) => [name, { value: 'X', help: '' }]))
const parsed = (line: string): ReturnType<typeof parseArguments> =>
  parseArguments(line.split(' ').filter(Boolean), { ...doctorTable, ...everywhere, json: { help: '' } })

const nobody = ' (nothing here)'

/** Both looks at the line; the second where nothing is to be started. */
const refuse = (line: string): void => {
  const args = parsed(line.replace(nobody, ''))
  refuseConflicts(args)
  if (line.endsWith(nobody)) refuseForNobody(args)
}

describe('a command line of the doctor', () => {
  it.each([
    '',
    'server.js',
    'server.js -- --flag',
    '-- node server.js',
    '--port 3000',
    '--url http://127.0.0.1:3000/api',
    // says the same twice
    '--port 3000 --url http://127.0.0.1:3000/api',
    // the window's way and the service's port
    '--port 3000 --url http://127.0.0.1:4000/ server.js',
    '--url http://localhost:3000 --config a.json',
    '--url http://127.0.0.1:3000 --origin http://localhost:5173 --timeout 500 --requests 3 --no-trial --host ::1',
    '--as packaged server.js',
    '--as packaged',
    '--as packaged --url http://127.0.0.1:3000/ --port 3000 server.js',
    '--no-trial server.js',
    '--no-trial --fix --bundle seen.json --json',
    '--name api --state-dir /tmp/x',
    '--replay seen.json --json --verbose --state-dir /tmp/x --claude-path /bin/claude',
    '--app out/linux-unpacked --entry server.js --bundle seen.json --json --no-trial --node-path /bin/node',
    `--port 3000${nobody}`,
    `--name api${nobody}`,
    `--timeout 500 --requests 3 --origin null --no-trial${nobody}`,
  ])('says nothing that would be ignored: %s', (line) => {
    expect(() => refuse(line)).not.toThrow()
  })

  it.each([
    ['--replay seen.json server.js', '--replay judges what is in its file: a script would be ignored.'],
    ['--replay seen.json -- node server.js', '--replay judges what is in its file: a command would be ignored.'],
    ['--replay seen.json --requests 3', '--replay judges what is in its file: --requests would be ignored.'],
    ['--replay seen.json --env A=b --port 1', '--replay judges what is in its file: --port, --env would be ignored.'],
    ['--replay seen.json --fix', '--replay judges what is in its file: --fix would be ignored.'],
    ['--replay seen.json --bundle other.json', '--replay judges what is in its file: --bundle would be ignored.'],
    ['--replay seen.json --app out', '--replay judges what is in its file: --app would be ignored.'],
    ['--app out --port 3000', '--app looks at a package, and starts nothing: --port would be ignored.'],
    ['--app out server.js', '--app looks at a package, and starts nothing: a script would be ignored.'],
    ['--app out --as packaged', '--app looks at a package, and starts nothing: --as would be ignored.'],
    ['--entry server.js', '--entry is the script in a package, and none is named.'],
    ['--as packaged --no-trial server.js', '--as compares trials, and --no-trial forbids them; give one.'],
    ['--as packaged --url http://127.0.0.1:3000/', '--as compares trials, and an address alone is not tried.'],
    ['--as packaged --port 3000', '--as compares trials, and an address alone is not tried.'],
    ['--port 3000 --url http://127.0.0.1:4000/', '--url and --port 3000 are two addresses; give one.'],
    [`--as packaged${nobody}`, 'No script, no command and no jarvis.config file here says what to start: --as would be ignored.'],
    [
      `--cwd /app --env A=b${nobody}`,
      'No script, no command and no jarvis.config file here says what to start: --cwd, --env would be ignored.',
    ],
  ])('is refused for what would be ignored: %s', (line, sentence) => {
    expect(() => refuse(line)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTIONS', message: sentence }))
  })

  it.each([
    ['--port 3000', true],
    ['--url http://127.0.0.1', true],
    ['', false],
    ['--port 3000 server.js', false],
    ['--port 3000 -- node', false],
    ['--port 3000 --config a.json', false],
  ])('is about an address alone: %s → %s', (line, expected) => {
    expect(isAddress(parsed(line))).toBe(expected)
  })
})
