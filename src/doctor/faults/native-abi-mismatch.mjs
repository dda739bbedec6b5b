// Dies as Node does when a native module was built for another Node or Electron: two NODE_MODULE_VERSIONs that differ.
import { join } from 'node:path'

const file = join(process.cwd(), 'node_modules/better-sqlite3/build/Release/better_sqlite3.node')
const own = process.versions.modules
const message = `The module '${file}'
was compiled against a different Node.js version using
NODE_MODULE_VERSION ${Number(own) + 4}. This version of Node.js requires
NODE_MODULE_VERSION ${own}. Please try re-compiling or re-installing
the module (for instance, using \`npm rebuild\` or \`npm install\`).`
throw Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' })
