// What answers on the port is no HTTP server: the window says ERR_INVALID_HTTP_RESPONSE.
import { createServer } from 'node:net'

const { PORT, HOST } = process.env
createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.6\r\n')).listen(PORT, HOST)
