// Dies with `require is not defined`: CommonJS under a name, or a package.json, that says ES module.
const { createServer } = require('node:http')

const { PORT, HOST } = process.env
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
