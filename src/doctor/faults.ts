/** The small faulty backends that lie in `faults`, and what a window makes of each. Pure: data. */
import type { CauseCode } from '../causes/codes.ts'

export interface Fault {
  /** In the folder `faults`. */
  readonly file: string
  /** What the file is given to, `node` meaning the Node that runs this. Default: node. */
  readonly command?: readonly string[]
  /** Besides PORT and HOST. */
  readonly env?: Readonly<Record<string, string>>
  /** What window and log show: a sentence or two. */
  readonly seen: string
}

/** For `sh -c`: the rest of the command, after something was done. */
const then = 'exec "$0" "$@"'

/** Not there: causes that need more than a backend, as a supervisor that has died, or another system. */
export const faults: Readonly<Partial<Record<CauseCode, Fault>>> = {
  NODE_NOT_IN_PATH: { file: 'node-not-in-path.mjs', seen: 'Every request is refused; the log ends with `spawn node ENOENT`.' },
  CWD_MISSING: { file: 'cwd-missing.mjs', seen: 'Every request is refused; the log ends with `ENOENT … uv_cwd`.' },
  INTERPRETER_MISSING: {
    file: 'interpreter-missing.sh',
    command: ['sh', '-c', 'exec "$0"'],
    seen: 'Every request is refused; the shell says `not found`, though the file is plainly there.',
  },
  PATH_INSIDE_ASAR: {
    file: 'path-inside-asar.mjs',
    seen: 'Every request is refused, only when packaged; the log ends with `spawn ENOTDIR`.',
  },
  NOT_EXECUTABLE: { file: 'not-executable.mjs', seen: 'Every request is refused; the log ends with `spawn … EACCES`.' },
  WRONG_ARCHITECTURE: {
    file: 'wrong-architecture.mjs',
    seen: 'Every request is refused, on some machines only; the log ends with `wrong ELF class`.',
  },
  ARGUMENTS_TOO_LONG: { file: 'arguments-too-long.mjs', seen: 'It works until a history is long; then it dies with `spawn E2BIG`.' },
  WINDOWS_CMD_WITHOUT_SHELL: { file: 'windows-cmd-without-shell.mjs', seen: 'Every request is refused; the log ends with `spawn EINVAL`.' },
  COMMAND_NOT_FOUND: {
    file: 'command-not-found.mjs',
    seen: 'Every request is refused; the log ends with `spawn transcript-indexer ENOENT`.',
  },
  RUN_AS_NODE_LEAKS: {
    file: 'run-as-node-leaks.mjs',
    env: { ELECTRON_RUN_AS_NODE: '1' },
    seen: 'The app ends at once, without a window: its Electron has no `app`.',
  },
  ENTRY_MISSING: { file: 'entry-missing.mjs', seen: 'Every request is refused; the log says `Cannot find module … server.js`.' },
  TYPESCRIPT_ENTRY: { file: 'typescript-entry.ts', seen: 'Every request is refused; Node stumbles over the first type.' },
  DEPENDENCY_MISSING: {
    file: 'dependency-missing.mjs',
    seen: 'Every request is refused, only when packaged; the log says `Cannot find package`.',
  },
  MODULE_FORMAT_MISMATCH: {
    file: 'module-format-mismatch.mjs',
    seen: 'Every request is refused; the log says `require is not defined in ES module scope`.',
  },
  NATIVE_ABI_MISMATCH: { file: 'native-abi-mismatch.mjs', seen: 'Every request is refused; the log names two NODE_MODULE_VERSIONs.' },
  WORKING_DIRECTORY_UNUSABLE: {
    file: 'working-directory-unusable.mjs',
    env: { START_IN: '/' },
    seen: 'Every request is refused, only when packaged; the log says `ENOENT … open` and a file that is there.',
  },
  BAD_NODE_OPTION: {
    file: 'bad-node-option.mjs',
    env: { NODE_OPTIONS: '--no-such-option' },
    seen: 'Every request is refused; exit 9, and one line of Node: `is not allowed in NODE_OPTIONS`.',
  },
  NODE_TOO_OLD: { file: 'node-too-old.mjs', seen: 'Every request is refused, on machines with an older Node.' },
  RESTART_OVERLAP: {
    file: 'restart-overlap.mjs',
    seen: 'It works for a moment; after a restart the log says EADDRINUSE, and nobody listens any more.',
  },
  SECOND_INSTANCE: {
    file: 'second-instance.mjs',
    env: { IS_FIRST: '1' },
    seen: 'Every request is refused; the log says that another instance is already running.',
  },
  PORT_TAKEN: {
    file: 'port-taken.mjs',
    env: { BESIDE_STRANGER: '1' },
    seen: 'The log says EADDRINUSE, and the window shows what another app answers.',
  },
  GHOST_LISTENER: {
    file: 'ghost-listener.mjs',
    seen: 'The first request is answered, then all hang; the port is held by a process that is gone.',
  },
  PORT_PRIVILEGED: {
    file: 'port-privileged.mjs',
    env: { FIXED_PORT: '80' },
    seen: 'Every request is refused; the log ends with `listen EACCES … :80`.',
  },
  PORT_RESERVED_BY_WINDOWS: {
    file: 'port-reserved-by-windows.mjs',
    seen: 'Every request is refused; the log ends with `listen EACCES`, and nobody has the port.',
  },
  ADDRESS_NOT_AVAILABLE: { file: 'address-not-available.mjs', seen: 'Every request is refused; the log ends with `listen EADDRNOTAVAIL`.' },
  SANDBOX_FORBIDS_BIND: { file: 'sandbox-forbids-bind.mjs', seen: 'Every request is refused, in the store build only: `listen EPERM`.' },
  TOO_MANY_OPEN_FILES: {
    file: 'too-many-open-files.mjs',
    command: ['sh', '-c', `ulimit -n 128; ${then}`, 'node'],
    seen: 'Every request is refused; the log ends with `EMFILE: too many open files`.',
  },
  EXITED_BEFORE_LISTENING: {
    file: 'exited-before-listening.mjs',
    seen: 'Every request is refused; it has ended with 0, and the log is empty.',
  },
  EXITS_WHEN_STDIN_CLOSES: {
    file: 'exits-when-stdin-closes.mjs',
    command: ['sh', '-c', `${then} </dev/null`, 'node'],
    seen: 'Fine in a terminal; in the app every request is refused, and the log is empty.',
  },
  CLAUDE_NOT_FOUND: {
    file: 'claude-not-found.mjs',
    env: { PATH: '/nonexistent' },
    seen: 'The first screen loads, then every request is refused; the log says `Claude CLI not found in PATH`.',
  },
  CLAUDE_UNUSABLE: {
    file: 'claude-unusable.mjs',
    env: { CLAUDECODE: '1' },
    seen: 'Every request is refused; the log ends with words of Claude itself.',
  },
  ENVIRONMENT_INCOMPLETE: {
    file: 'environment-incomplete.mjs',
    seen: 'Every request is refused, outside of a shell only; the log names variables.',
  },
  UNHANDLED_REJECTION_SURVIVED: {
    file: 'unhandled-rejection-survived.mjs',
    command: ['node', '--unhandled-rejections=warn'],
    seen: 'Every request is refused, though it runs; the log has an UnhandledPromiseRejectionWarning.',
  },
  LISTEN_ERROR_SWALLOWED: {
    file: 'listen-error-swallowed.mjs',
    env: { BESIDE_STRANGER: '1' },
    seen: 'It runs and its log is empty; the window shows what another app answers.',
  },
  WAITING_FOR_DEBUGGER: {
    file: 'waiting-for-debugger.mjs',
    command: ['node', '--inspect-brk=0'],
    seen: 'Every request is refused, though it runs; the log says `Debugger listening`.',
  },
  DAEMONISED: { file: 'daemonised.mjs', seen: 'What was started has ended with 0, and for a while the window works all the same.' },
  READY_BEFORE_LISTENING: {
    file: 'ready-before-listening.mjs',
    seen: 'The log says ready; the first requests are refused, later ones answered.',
  },
  READY_LINE_MISSED: {
    file: 'ready-line-missed.mjs',
    seen: 'It answers; who waits for its ready line never sees it, and ends it as too slow.',
  },
  LISTENS_ON_OTHER_PORT: {
    file: 'listens-on-other-port.mjs',
    seen: 'The log says that it listens, on the next port; every request is refused.',
  },
  PORT_NOT_A_NUMBER: {
    file: 'port-not-a-number.mjs',
    seen: 'The log says ready; every request is refused, and a file named `undefined` appears.',
  },
  ADDRESS_FAMILY_MISMATCH: { file: 'address-family-mismatch.mjs', seen: 'http://localhost works, http://127.0.0.1 is refused.' },
  LISTENER_SHADOWED: {
    file: 'listener-shadowed.mjs',
    env: { BESIDE_STRANGER: '1' },
    seen: 'http://127.0.0.1 works, http://localhost shows what another app answers.',
  },
  FOREIGN_SERVER_ANSWERS: { file: 'foreign-server-answers.mjs', seen: 'Everything is answered with 200, and the window is empty.' },
  SOCKET_PATH_TOO_LONG: { file: 'socket-path-too-long.mjs', seen: 'The log says that it listens on a socket, and no such file is there.' },
  PORT_UNSAFE_FOR_BROWSERS: {
    file: 'port-unsafe-for-browsers.mjs',
    env: { FIXED_PORT: '6666' },
    seen: 'curl is answered on port 6666; the window says ERR_UNSAFE_PORT.',
  },
  NETWORK_NAMESPACE: {
    file: 'network-namespace.mjs',
    command: ['unshare', '--net', '--map-root-user', 'sh', '-c', `ip link set lo up && ${then}`, 'node'],
    seen: 'The log says that it listens; every request from out here is refused.',
  },
  NOT_HTTP: { file: 'not-http.mjs', seen: 'The port is open; the window says ERR_INVALID_HTTP_RESPONSE.' },
  LOCALHOST_UNRESOLVABLE: {
    file: 'localhost-unresolvable.mjs',
    command: [
      ...['unshare', '--mount', '--map-root-user', 'sh', '-c'],
      `mount --bind /dev/null /etc/hosts && mount --bind /dev/null /etc/resolv.conf && ${then}`,
      'node',
    ],
    seen: 'Every request is refused; the log ends with `getaddrinfo … localhost`.',
  },
  NOTHING_LISTENS: { file: 'nothing-listens.mjs', seen: 'Every request is refused, though it runs and reports no error.' },
  LISTENS_ON_SOCKET: { file: 'listens-on-socket.mjs', seen: 'The log says that it listens, on a Unix socket; every request is refused.' },
  CRASHED_ON_REQUEST: { file: 'crashed-on-request.mjs', seen: 'The first screen loads; then every request is refused.' },
  OUT_OF_HEAP: {
    file: 'out-of-heap.mjs',
    command: ['node', '--max-old-space-size=40'],
    seen: 'The first request is answered, then it hangs and is gone; the log says `JavaScript heap out of memory`.',
  },
  KILLED_BY_OOM: { file: 'killed-by-oom.mjs', seen: 'The first screen loads; then it is gone without a word, by SIGKILL.' },
  KILLED_BY_CPU_OR_KERNEL: {
    file: 'killed-by-cpu-or-kernel.mjs',
    seen: 'Every request is refused; it has ended by SIGILL, and the log is empty.',
  },
  BROKEN_PIPE: { file: 'broken-pipe.mjs', seen: 'The first screen loads; then it dies with `write EPIPE`.' },
  KILLED_BY_SUPERVISOR: {
    file: 'killed-by-supervisor.mjs',
    seen: 'It answers, sometimes two seconds late; who asks with less patience restarts it again and again.',
  },
  EVENT_LOOP_BLOCKED: { file: 'event-loop-blocked.mjs', seen: 'The first request is answered, all later ones hang; one core is busy.' },
  ACCEPTS_NEVER_ANSWERS: { file: 'accepts-never-answers.mjs', seen: 'The first request is answered, all later ones hang; it is idle.' },
  OUTPUT_PIPE_FULL: { file: 'output-pipe-full.mjs', seen: 'The first request is answered, all later ones hang; it waits in a write.' },
  PROCESS_SUSPENDED: {
    file: 'process-suspended.mjs',
    seen: 'The first request is answered, all later ones hang; its server is in state T.',
  },
  HALF_CLOSED_SHUTDOWN: {
    file: 'half-closed-shutdown.mjs',
    seen: 'The first screen loads; then every request is refused, though it runs.',
  },
  ACCEPT_QUEUE_FULL: {
    file: 'accept-queue-full.mjs',
    seen: 'The first request is answered; later ones are neither taken nor refused: ERR_TIMED_OUT.',
  },
  SERVER_ERROR: { file: 'server-error.mjs', seen: 'Every request is answered with 500.' },
  WINDOW_LOADED_TOO_EARLY: { file: 'window-loaded-too-early.mjs', seen: 'A window that loads at once is refused; a reload helps.' },
  PROXY_INTERCEPTS: {
    file: 'proxy-intercepts.mjs',
    seen: 'curl is answered; an app with the HTTP_PROXY that it prints gets the 403 of a proxy.',
  },
  CORS_BLOCKED: { file: 'cors-blocked.mjs', seen: 'curl is answered; a page of another origin says `Failed to fetch`.' },
  KEEPALIVE_RACE: { file: 'keepalive-race.mjs', seen: 'Now and then `socket hang up`; the same request works the next time.' },
  HEALTH_REQUIRES_AUTH: {
    file: 'health-requires-auth.mjs',
    seen: 'Every request without a token is answered 401; who wants 200 calls it dead.',
  },
}
