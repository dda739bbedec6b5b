// What a backend does with an SDK: asks Claude, prints what query() yields as one JSON per line.
import { pathToFileURL } from 'node:url'

const [sdk, options] = process.argv.slice(2)
const { query } = await import(pathToFileURL(sdk).href)
for await (const message of query({ prompt: 'hello', options: JSON.parse(options) })) console.log(JSON.stringify(message))
// a timer of the SDK would hold us for 5 s
process.exit()
