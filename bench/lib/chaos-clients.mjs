// Clients that ask one thing after the other on a connection that stays, and know what the answer has to be.
import { Agent, request } from 'node:http'
import { now } from './time.mjs'

/** What became of a request: `right`, or what was wrong about it, in a few words. */
export const answering = { right: 'right' }
const deadlineMs = 20_000
let count = 0

/** `next()`: one request, each with an id of its own, and what became of it. */
export const clientOf = (port, { name, isPost = false }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const next = async () => {
    count += 1
    const id = `${name}-${count}`
    const began = now()
    const is = await exchange(
      agent,
      port,
      isPost ? { method: 'POST', path: '/do', body: id } : { method: 'GET', path: `/ask?id=${id}` },
      id,
    )
    return { id, began, ended: now(), is }
  }
  return { next, end: () => agent.destroy() }
}

const exchange = (agent, port, { method, path, body }, id) =>
  new Promise((resolve) => {
    const headers = body === undefined ? {} : { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) }
    const question = request({ host: '127.0.0.1', port, method, path, agent, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      answer.on('error', (error) => done(`cut (${error.code})`))
      answer.on('end', () => done(rightness(answer.statusCode, text, id)))
    })
    const timer = setTimeout(() => question.destroy(new Error('no answer')), deadlineMs)
    const done = (is) => {
      clearTimeout(timer)
      resolve(is)
    }
    question.on('error', (error) => done(error.code ?? error.message))
    question.end(body)
  })

const rightness = (status, text, id) => {
  const said = parsed(text)
  if (status !== 200) return `${status} ${said?.reason ?? ''}`.trim()
  return said?.id === id ? answering.right : 'the answer to another request'
}

const parsed = (text) => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Streams of lines. Each is `complete`, or `broken` and said so; else in words what must not be. */
export const streaming = (port) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const next = () =>
    new Promise((resolve) => {
      const question = request({ host: '127.0.0.1', port, path: '/stream', agent }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part) => {
          text += part
          timer.refresh()
        })
        answer.on('error', () => done('broken'))
        answer.on('end', () =>
          done(answer.statusCode === 200 ? wholeness(text) : `${answer.statusCode} ${parsed(text)?.reason ?? ''}`.trim()),
        )
      })
      const timer = setTimeout(() => done('hung'), deadlineMs)
      const done = (is) => {
        clearTimeout(timer)
        resolve(is)
        question.destroy()
      }
      question.on('error', (error) => done(error.code ?? error.message))
      question.end()
    })
  return { next, end: () => agent.destroy() }
}

const wholeness = (text) => {
  const lines = text.split('\n').filter((line) => line !== '')
  const said = lines.map(parsed)
  if (said.at(-1)?.type === 'gateway_error') return 'broken'
  const isWhole = text.endsWith('\n') && said.every((one, i) => one?.line === i + 1) && said.length === said[0]?.of
  return isWhole ? 'complete' : 'ended as if it were whole'
}
