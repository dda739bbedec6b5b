// Reads a file by a relative path: it is found where it is developed, and not in the `/` in which a desktop starts apps.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const { PORT, HOST, START_IN } = process.env
if (START_IN) process.chdir(START_IN)
const projects = readFileSync('projects.json', 'utf8')
createServer((_request, response) => response.setHeader('content-type', 'application/json').end(projects)).listen(PORT, HOST)
