// Ends with 13: it awaits something that will never come, and nothing else is left to do.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const settings = await new Promise(() => {})
createServer((_request, response) => response.end(settings)).listen(PORT, HOST)
