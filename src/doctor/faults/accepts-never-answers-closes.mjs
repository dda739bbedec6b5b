// Closes every connection without an answer, and lives on: ERR_EMPTY_RESPONSE.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
createServer((request) => request.socket.destroy()).listen(PORT, HOST)
