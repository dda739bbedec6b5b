// An app whose backend, a file in its user's folder, has to be mended before it starts.
import { join } from 'node:path'
import electron from 'electron'
import { superviseApp } from 'jarvis-supervise/electron'

superviseApp(electron, { name: 'broken', script: join(electron.app.getPath('userData'), 'server.mjs') })
