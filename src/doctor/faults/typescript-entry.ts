// TypeScript for a Node that runs JavaScript: a SyntaxError before the first line, unless tsx or a build helps.
import { createServer, type Server } from 'node:http'

class Backend {
  readonly server: Server = createServer(
    (_request, response) => void response.setHeader('content-type', 'application/json').end(this.projects),
  )
  // @ts-expect-error what a Node that only strips types refuses
  constructor(private readonly projects: string) {}
}

const { PORT, HOST } = process.env as Readonly<Record<string, string>>
new Backend('{"projects":["demo"]}').server.listen(Number(PORT), HOST)
