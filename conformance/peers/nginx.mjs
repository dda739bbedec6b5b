/** nginx with the lines of its manual for WebSockets and streams; a process of its own, its files in a folder that is removed. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [listen, backend] = process.argv.slice(2).map(Number)
const dir = mkdtempSync(join(tmpdir(), 'conformance-nginx-'))
const at = (name) => join(dir, name)
writeFileSync(
  at('nginx.conf'),
  `daemon off; master_process off; pid ${at('pid')}; error_log ${at('error.log')};
events { worker_connections 1024; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${at(name)};`).join(' ')}
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${listen};
    client_max_body_size 0;
    location / {
      proxy_pass http://127.0.0.1:${backend};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_buffering off;
    }
  }
}
`,
)
const nginx = spawn('nginx', ['-p', dir, '-c', at('nginx.conf'), '-e', at('error.log')], { stdio: 'ignore' })
const end = (code) => {
  rmSync(dir, { recursive: true, force: true })
  process.exit(code)
}
nginx.on('error', () => {
  console.error('nginx is not installed')
  end(3)
})
nginx.on('exit', () => end(1))
const stop = () => nginx.kill('SIGKILL')
process.on('disconnect', stop)
process.on('SIGTERM', stop)

const knock = () => {
  const socket = connect(listen, '127.0.0.1', () => {
    socket.destroy()
    process.send?.('up')
  })
  socket.on('error', () => setTimeout(knock, 30))
}
knock()
