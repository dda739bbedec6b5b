// `import.meta.url` in what is built as CommonJS: put in its place by tsup.config.ts.
import { pathToFileURL } from 'node:url'

export const importMetaUrl = pathToFileURL(__filename).href
