// Makes a number of a port that is none, and dies with ERR_SOCKET_BAD_PORT.
import { createServer } from 'node:http'

const settings = { port: 'http' }
createServer((_request, response) => response.end('{"projects":["demo"]}')).listen({ port: Number(settings.port), host: process.env.HOST })
