import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandOf, isAlive, until } from '../helpers/processes.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'
import { type Call, command, examined, longestMs, onPath, portOf, words } from './examined.ts'

interface Stranger {
  readonly name: string
  readonly arrange: (scene: Scene) => Call | Promise<Call>
  /** More than one where the evidence cannot tell. Default: it is healthy. */
  readonly says?: readonly string[]
}

/** Backends of one kind, and what must be here to run them. */
interface Kind {
  readonly of: string
  readonly needs: readonly string[]
  readonly strangers: readonly Stranger[]
}

const silent = ['ACCEPTS_NEVER_ANSWERS', 'EVENT_LOOP_BLOCKED']
const crashed = ['CRASHED_ON_REQUEST']
const ended = ['EXITED_BEFORE_LISTENING']

const python = (source: string) => (scene: Scene) => command(['python3', scene.file('server.py', source), '{port}', '{host}'])

/** As most of such servers are written: one request after the other. */
const pythonServer = (answers: string, before = ''): string => `import os, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
${before}
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
${answers.replace(/^/gm, '        ')}
    def fine(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'fine')
HTTPServer((sys.argv[2], int(sys.argv[1])), Handler).serve_forever()
`

const pythons: readonly Stranger[] = [
  { name: 'http.server', arrange: () => command(['python3', '-m', 'http.server', '{port}', '--bind', '{host}']) },
  { name: 'http.server on all addresses', arrange: () => command(['python3', '-m', 'http.server', '{port}']) },
  { name: 'http.server on both families', arrange: () => command(['python3', '-m', 'http.server', '{port}', '--bind', '::']) },
  { name: 'a server of its own', arrange: python(pythonServer('self.fine()')) },
  { name: 'a server that takes 2 s to start', arrange: python(pythonServer('self.fine()', 'time.sleep(2)')) },
  {
    name: 'a server that warns of what it goes on without',
    arrange: python(
      pythonServer('self.fine()', 'import traceback\ntry:\n    import no_such_module\nexcept ImportError:\n    traceback.print_exc()'),
    ),
  },
  {
    name: 'http.server on another port',
    arrange: async (scene) => command(['python3', '-m', 'http.server', String(await portOf(scene)), '--bind', '127.0.0.1']),
    says: ['LISTENS_ON_OTHER_PORT'],
  },
  {
    name: 'http.server that is asked elsewhere than where it is told to listen',
    arrange: async (scene) => {
      const [wanted, real] = [await portOf(scene), await portOf(scene)]
      return command(['python3', '-m', 'http.server', String(real), '--bind', '127.0.0.1'], '--port', String(wanted))
    },
    says: ['LISTENS_ON_OTHER_PORT'],
  },
  {
    name: 'http.server on the other family',
    arrange: () => command(['python3', '-m', 'http.server', '{port}', '--bind', '::1']),
    says: ['ADDRESS_FAMILY_MISMATCH'],
  },
  {
    name: 'http.server on another address of the loopback',
    arrange: () => command(['python3', '-m', 'http.server', '{port}', '--bind', '127.0.0.2']),
    says: ['ADDRESS_FAMILY_MISMATCH', 'ADDRESS_NOT_AVAILABLE', 'LISTENS_ON_OTHER_PORT', 'UNKNOWN'],
  },
  {
    name: 'http.server with an option that it does not know',
    arrange: () => command(['python3', '-m', 'http.server', '--no-such-option', '{port}']),
    says: ended,
  },
  {
    name: 'a module that is not there',
    arrange: () => command(['python3', '-m', 'no_such_server', '{port}']),
    says: ['DEPENDENCY_MISSING', 'ENTRY_MISSING'],
  },
  { name: 'a script that is not there', arrange: () => command(['python3', 'no-such-server.py']), says: ['ENTRY_MISSING'] },
  {
    name: 'a server that imports what is not there',
    arrange: python(`import no_such_module\n${pythonServer('self.fine()')}`),
    says: ['DEPENDENCY_MISSING'],
  },
  { name: 'a server with a slip of the pen', arrange: python('import sys\nprint(port)\n'), says: ended },
  {
    name: 'a server that misses a variable',
    arrange: python(pythonServer('self.fine()', "os.environ['DATABASE_URL']")),
    says: ['ENVIRONMENT_INCOMPLETE', ...ended],
  },
  {
    name: 'a server whose port another has',
    arrange: async (scene) => {
      const port = await portOf(scene)
      await scene.stranger(
        scene.file(
          'other.mjs',
          "import { createServer } from 'node:http'\nawait new Promise((listening) => createServer((_, response) => response.end('other')).listen(process.env.PORT, '127.0.0.1', listening))",
        ),
        { PORT: String(port) },
      )
      return command(['python3', '-m', 'http.server', '{port}', '--bind', '{host}'], '--port', String(port))
    },
    says: ['PORT_TAKEN'],
  },
  { name: 'a server whose handler waits', arrange: python(pythonServer('time.sleep(60)')), says: silent },
  { name: 'a server whose handler computes', arrange: python(pythonServer('while True: pass')), says: ['EVENT_LOOP_BLOCKED'] },
  {
    name: 'a server that takes no connection',
    arrange: python(
      'import socket, sys, time\nserver = socket.socket()\nserver.bind((sys.argv[2], int(sys.argv[1])))\nserver.listen(16)\ntime.sleep(60)\n',
    ),
    says: silent,
  },
  {
    name: 'a server whose threads wait',
    arrange: python(
      pythonServer('time.sleep(60)')
        .replace('HTTPServer((', 'ThreadingHTTPServer((')
        .replace('import BaseHTTPRequestHandler, HTTPServer', 'import BaseHTTPRequestHandler, ThreadingHTTPServer'),
    ),
    says: ['ACCEPTS_NEVER_ANSWERS'],
  },
  {
    name: 'a server whose handler fails',
    arrange: python(pythonServer("raise RuntimeError('no')")),
    says: ['CRASHED_ON_REQUEST', 'ACCEPTS_NEVER_ANSWERS', 'SERVER_ERROR', 'NOT_HTTP', 'UNKNOWN'],
  },
  {
    name: 'a server whose handler answers 500',
    arrange: python(pythonServer("self.send_error(500, 'no database')")),
    says: ['SERVER_ERROR'],
  },
  {
    name: 'a server that ends of its first request',
    arrange: python(pythonServer("sys.stderr.write('fatal: no data\\\\n')\nos._exit(3)")),
    says: crashed,
  },
  {
    name: 'a server that is no HTTP',
    arrange: python(
      "import socketserver, sys\nclass Handler(socketserver.BaseRequestHandler):\n    def handle(self):\n        self.request.sendall(b'SSH-2.0-Python\\r\\n')\nsocketserver.TCPServer((sys.argv[2], int(sys.argv[1])), Handler).serve_forever()\n",
    ),
    says: ['NOT_HTTP'],
  },
  {
    name: 'a server that goes into the background',
    arrange: python(pythonServer('self.fine()', 'if os.fork(): os._exit(0)\nos.setsid()')),
    says: ['DAEMONISED'],
  },
  {
    name: 'a server that suspends itself',
    arrange: python(pythonServer('os.kill(os.getpid(), 19)', 'import signal')),
    says: ['PROCESS_SUSPENDED'],
  },
]

/** A server in C, the whole of it; `answers` sees `client`, after the question has come. */
const cServer = (answers: string, before = ''): string => `#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
static const char fine[] = "HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\nConnection: close\\r\\n\\r\\nfine";
int main(int argc, char **argv) {
  int on = 1, server = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])) };
  inet_pton(AF_INET, argv[2], &address.sin_addr);
  ${before}
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(server, (struct sockaddr *)&address, sizeof address)) { perror("bind"); return 1; }
  listen(server, 16);
  for (;;) {
    char question[4096];
    int client = accept(server, 0, 0);
    read(client, question, sizeof question);
    ${answers}
    close(client);
  }
}
`

const cFine = 'write(client, fine, sizeof fine - 1);'

const c =
  (source: string) =>
  (scene: Scene): Call => {
    const program = join(scene.dir, 'server')
    execFileSync('gcc', ['-O0', '-w', '-o', program, scene.file('server.c', source)])
    return command([program, '{port}', '{host}'])
  }

const cs: readonly Stranger[] = [
  { name: 'a server', arrange: c(cServer(cFine)) },
  { name: 'a server on another port', arrange: c(cServer(cFine, 'address.sin_port = 0;')), says: ['LISTENS_ON_OTHER_PORT'] },
  {
    name: 'a server on another address',
    arrange: c(cServer(cFine, 'inet_pton(AF_INET, "127.0.0.3", &address.sin_addr);')),
    says: ['ADDRESS_FAMILY_MISMATCH', 'ADDRESS_NOT_AVAILABLE', 'LISTENS_ON_OTHER_PORT', 'UNKNOWN'],
  },
  {
    name: 'a server that binds what is not here',
    arrange: c(cServer(cFine, 'inet_pton(AF_INET, "203.0.113.1", &address.sin_addr);')),
    says: ['ADDRESS_NOT_AVAILABLE', ...ended],
  },
  { name: 'a program that ends at once', arrange: c('int main() { return 3; }'), says: ended },
  { name: 'a program that ends well at once', arrange: c('int main() { return 0; }'), says: ended },
  {
    name: 'a program that complains and ends',
    arrange: c('#include <stdio.h>\nint main() { fprintf(stderr, "cannot open config\\n"); return 1; }'),
    says: ended,
  },
  {
    name: 'a program that never listens',
    arrange: c('#include <unistd.h>\nint main() { for (;;) pause(); }'),
    says: ['NOTHING_LISTENS', 'UNKNOWN'],
  },
  { name: 'a server that accepts and never answers', arrange: c(cServer('for (;;) pause();')), says: silent },
  { name: 'a server that computes for ever', arrange: c(cServer('for (;;);')), says: ['EVENT_LOOP_BLOCKED'] },
  { name: 'a server that breaks at once', arrange: c(cServer(cFine, '*(volatile int *)0 = 0;')), says: ['KILLED_BY_CPU_OR_KERNEL'] },
  {
    name: 'a server that breaks when it is asked',
    arrange: c(cServer('*(volatile int *)0 = 0;')),
    says: ['CRASHED_ON_REQUEST', 'KILLED_BY_CPU_OR_KERNEL'],
  },
  { name: 'a server that gives up when it is asked', arrange: c(cServer('abort();')), says: [...crashed, 'OUT_OF_HEAP'] },
  {
    name: 'a server that meets an instruction that it does not know',
    arrange: c(cServer('raise(SIGILL);')),
    says: ['CRASHED_ON_REQUEST', 'KILLED_BY_CPU_OR_KERNEL'],
  },
  { name: 'a server that ends when it is asked', arrange: c(cServer('return 0;')), says: crashed },
  { name: 'a server that closes every connection', arrange: c(cServer('')), says: ['ACCEPTS_NEVER_ANSWERS', 'NOT_HTTP', 'UNKNOWN'] },
  { name: 'a server that goes into the background', arrange: c(cServer(cFine, 'daemon(1, 0);')), says: ['DAEMONISED'] },
]

const perl = (answers: string, before = ''): string => `use IO::Socket::INET;
$| = 1;
${before}
my $server = IO::Socket::INET->new(LocalAddr => $ARGV[1], LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die "cannot listen: $!\\n";
while (my $client = $server->accept) {
  while (my $line = <$client>) { last if $line =~ /^\\r?\\n$/ }
  ${answers}
  close $client;
}
`
const perlFine = String.raw`print $client "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nfine\n";`

const perlScript = (source: string) => (scene: Scene) => command(['perl', scene.file('server.pl', source), '{port}', '{host}'])

const perls: readonly Stranger[] = [
  { name: 'a server', arrange: perlScript(perl(perlFine)) },
  { name: 'a server that dies of its first request', arrange: perlScript(perl('die "no data";')), says: crashed },
  {
    name: 'a server that misses a module',
    arrange: perlScript(`use No::Such::Module;\n${perl(perlFine)}`),
    says: ['DEPENDENCY_MISSING', ...ended],
  },
  { name: 'a server that never answers', arrange: perlScript(perl('sleep 60;')), says: silent },
  { name: 'a program that does not compile', arrange: perlScript('use strict; $x = 1;\n'), says: ended },
]

const shells: readonly Stranger[] = [
  {
    name: 'netcat in a loop',
    arrange: (scene) =>
      command([
        'sh',
        scene.file(
          'server.sh',
          'while true; do printf "HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\nConnection: close\\r\\n\\r\\nfine" | nc -l -N "$2" "$1" >/dev/null || sleep 0.05; done',
        ),
        '{port}',
        '{host}',
      ]),
  },
  { name: 'netcat that says nothing', arrange: () => command(['nc', '-l', '-k', '-d', '{host}', '{port}']), says: silent },
  {
    name: 'netcat that ends after one connection',
    arrange: () => command(['sh', '-c', 'echo hello | nc -l -N "$2" "$1" >/dev/null', 'sh', '{port}', '{host}']),
    says: ['NOT_HTTP', ...crashed],
  },
  {
    name: 'netcat on the other family',
    arrange: () => command(['nc', '-6', '-l', '-k', '::1', '{port}']),
    says: ['ADDRESS_FAMILY_MISMATCH'],
  },
]

/** Everything that it writes goes into the scene. */
const nginx = (scene: Scene, more: string, server: string): Call => {
  // its workers are nobody, and the folder of the scene is for its owner only
  mkdirSync(join(scene.dir, 'tmp'))
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${scene.dir}/tmp;`).join(' ')
  const file = scene.file(
    'nginx.conf',
    `${more} user root; worker_processes 2; pid ${scene.dir}/nginx.pid; error_log stderr;\nevents {}\nhttp { access_log off; ${paths} server { ${server} } }\n`,
  )
  return command([onPath('nginx') ?? 'nginx', '-c', file, '-p', scene.dir, '-e', 'stderr'])
}

/** In the background it writes over its own environment: nobody but who has started it knows whose it is. */
const endNginx = async (scene: Scene): Promise<void> => {
  const file = join(scene.dir, 'nginx.pid')
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  if (pid <= 1 || !commandOf(pid).includes(scene.dir)) return
  process.kill(pid, 'SIGTERM')
  await until(`nginx ${pid} is gone`, () => !isAlive(pid))
}

const nginxes: readonly Stranger[] = [
  {
    name: 'in the foreground',
    arrange: async (scene) => {
      const port = await portOf(scene)
      const { args } = nginx(scene, 'daemon off;', `listen 127.0.0.1:${port}; return 200 fine;`)
      return { args: ['--port', String(port), ...args] }
    },
  },
  {
    name: 'in the foreground, that forbids everything',
    arrange: async (scene) => {
      const port = await portOf(scene)
      const { args } = nginx(scene, 'daemon off;', `listen 127.0.0.1:${port}; return 403;`)
      return { args: ['--port', String(port), ...args] }
    },
  },
  {
    name: 'before a backend that is not there',
    arrange: async (scene) => {
      const port = await portOf(scene)
      const { args } = nginx(
        scene,
        'daemon off;',
        `listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${await portOf(scene)}; }`,
      )
      return { args: ['--port', String(port), ...args] }
    },
    says: ['SERVER_ERROR'],
  },
  {
    name: 'on another port',
    arrange: async (scene) => {
      const { args } = nginx(scene, 'daemon off;', `listen 127.0.0.1:${await portOf(scene)}; return 200 fine;`)
      return { args: ['--port', String(await portOf(scene)), ...args] }
    },
    says: ['LISTENS_ON_OTHER_PORT'],
  },
  { name: 'with a config that it does not understand', arrange: (scene) => nginx(scene, 'daemon off;', 'lissten 80;'), says: ended },
  {
    name: 'in the background, as it is by default',
    arrange: async (scene) => {
      const port = await portOf(scene)
      const { args } = nginx(scene, '', `listen 127.0.0.1:${port}; return 200 fine;`)
      scene.atEnd(() => endNginx(scene))
      return { args: ['--port', String(port), ...args] }
    },
    says: ['DAEMONISED'],
  },
]

const ruby = (source: string) => (scene: Scene) => command(['ruby', scene.file('server.rb', source), '{port}', '{host}'])

const rubies: readonly Stranger[] = [
  {
    name: 'a server',
    arrange: ruby(
      'require \'socket\'\nserver = TCPServer.new(ARGV[1], ARGV[0].to_i)\nloop { client = server.accept; client.readpartial(4096); client.write("HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\nfine"); client.close }\n',
    ),
  },
  { name: 'a server that misses a gem', arrange: ruby("require 'no_such_gem'\n"), says: ['DEPENDENCY_MISSING', ...ended] },
]

const kinds: readonly Kind[] = [
  { of: 'Python', needs: ['python3'], strangers: pythons },
  { of: 'C', needs: ['gcc'], strangers: cs },
  { of: 'Perl', needs: ['perl'], strangers: perls },
  { of: 'a shell', needs: ['sh', 'nc'], strangers: shells },
  { of: 'nginx', needs: ['nginx'], strangers: nginxes },
  { of: 'Ruby', needs: ['ruby'], strangers: rubies },
]

const isNamed = async ({ arrange, says = ['HEALTHY'] }: Stranger): Promise<void> => {
  await using scene = createScene()
  const found = await examined(scene, await arrange(scene))
  const { code, report, elapsedMs } = found
  expect(says, words(found)).toContain(report.verdict.code)
  expect(code).toBe(says.includes('HEALTHY') ? 0 : 1)
  if (code === 0) expect(report.checks.filter(({ status }) => status === 'fail').map(({ id, title }) => `${id}: ${title}`)).toEqual([])
  expect(elapsedMs, words(found)).toBeLessThan(longestMs)
}

for (const { of, needs, strangers } of kinds) {
  const missing = needs.filter((name) => onPath(name) === undefined)
  const why = missing.length === 0 ? '' : ` (${missing.join(' and ')} not installed)`
  describe.skipIf(missing.length > 0)(`of ${of}${why}, the doctor knows`, () => {
    for (const stranger of strangers) it(stranger.name, () => isNamed(stranger))
  })
}
