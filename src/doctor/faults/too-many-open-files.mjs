// Holds a file for every one that it watches, until there are no more to be had: EMFILE, and it ends.
import { openSync } from 'node:fs'
import { createServer } from 'node:http'
import { devNull } from 'node:os'

const { PORT, HOST } = process.env
for (let open = 0; open < 4096; open += 1) openSync(devNull)
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
