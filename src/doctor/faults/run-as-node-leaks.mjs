// The main script of an app whose Electron was told to be a Node, as by an editor that set the variable: it ends without a window.
import { createServer } from 'node:http'

const { PORT, HOST, ELECTRON_RUN_AS_NODE } = process.env
const electron = ELECTRON_RUN_AS_NODE ? {} : { app: { whenReady: async () => {} } }
await electron.app.whenReady()
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
