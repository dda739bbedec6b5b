// Lives on and never listens: its start was rejected, and with --unhandled-rejections=warn, as in Electron's utility process, that only warns.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const readSettings = async () => JSON.parse('{ "port": ')
const start = async () => {
  await readSettings()
  createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(
    PORT,
    HOST,
  )
}
setInterval(() => {}, 60_000)
void start()
