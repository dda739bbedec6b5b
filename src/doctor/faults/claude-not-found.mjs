// Answers the first request, then looks for the Claude CLI with `which`, and ends because a desktop's PATH has none.
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const validateClaude = () => {
  try {
    execFileSync('which', ['claude'], { stdio: 'ignore' })
  } catch {
    console.error('❌ Claude CLI not found in PATH')
    process.exit(1)
  }
}
createServer((_request, response) => {
  response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}', validateClaude)
}).listen(PORT, HOST, () => console.log(`Server ready on http://${HOST}:${PORT}`))
