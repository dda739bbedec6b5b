// Another app's server: it answers 200 to everything, and knows nothing of projects. The window comes up empty.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<h1>Another app</h1>')).listen(PORT, HOST)
