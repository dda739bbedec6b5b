// Lives, and has not come to listening yet: it waits for a database that does not answer.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const database = () => new Promise((resolve) => setTimeout(resolve, 3_600_000))
console.log('Connecting to the database')
await database()
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
