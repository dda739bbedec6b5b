import type { ServerResponse } from 'node:http'
import type { Ask } from './ask'
import type { Claude } from './claude'
import { Refusal } from './refusal'
import { type Run, type RunEnd, startRun } from './run'

export type ChatLine = { type: 'claude_json'; data: unknown } | { type: 'done' } | { type: 'error'; error: string } | { type: 'aborted' }

export interface Chats {
  /** The chat ends when `connection` does. */
  start(ask: Ask, connection: ServerResponse): AsyncGenerator<ChatLine, void>
  /** False when no such chat runs; else true, once nothing of it is left. */
  abort(requestId: string): Promise<boolean>
  close(): Promise<void>
}

interface Chat {
  lines(): AsyncGenerator<ChatLine, void>
  stop(graceMs?: number): void
  ended: Promise<unknown>
}

const shutdownGraceMs = 400

export function createChats(claude: Claude): Chats {
  const running = new Map<string, Chat>()
  let closing = false

  return {
    start(ask, connection) {
      if (closing) throw new Refusal(503, 'My Jarvis is about to end.')
      const { requestId } = ask
      if (running.has(requestId)) throw new Refusal(409, `A chat with requestId ${JSON.stringify(requestId)} is running already.`)
      const chat = startChat(claude, ask)
      running.set(requestId, chat)
      chat.ended.finally(() => running.delete(requestId))
      // 'close' comes for every response; for one that is complete there is nothing left to stop.
      if (connection.destroyed) chat.stop()
      else connection.once('close', () => chat.stop())
      return chat.lines()
    },
    async abort(requestId) {
      const chat = running.get(requestId)
      chat?.stop()
      await chat?.ended
      return chat !== undefined
    },
    async close() {
      closing = true
      for (const chat of running.values()) chat.stop(shutdownGraceMs)
      await Promise.all([...running.values()].map((chat) => chat.ended))
    },
  }
}

/** The chat exists, and can be stopped, before it is known how to start Claude. */
function startChat(claude: Claude, ask: Ask): Chat {
  let stopped = false
  let run: Run | undefined

  const starting = claude.command(ask).then((command) => {
    if (stopped) return undefined
    run = startRun(command, { cwd: ask.workingDirectory, input: ask.message })
    return run
  })
  // Whoever reads the lines is told why it did not start.
  const ended = starting.then((started) => started?.ended).catch(() => {})

  return {
    ended,
    stop(graceMs) {
      stopped = true
      run?.stop(graceMs)
    },
    async *lines() {
      try {
        const started = await starting
        if (started) for await (const data of started.messages()) yield { type: 'claude_json', data }
        yield lastLine(await started?.ended, claude.path)
      } catch (error) {
        yield { type: 'error', error: (error as Error).message }
      }
    },
  }
}

function lastLine(end: RunEnd | undefined, path: string | null): ChatLine {
  if (end === undefined || end.stopped) return { type: 'aborted' }
  if (end.error) return { type: 'error', error: `Claude could not be started from ${path}: ${end.error.message}. Check --claude-path.` }
  if (end.code === 0) return { type: 'done' }
  const how = end.signal ? `was ended by ${end.signal}` : `ended with exit code ${end.code}`
  return { type: 'error', error: `Claude ${how}. ${end.said ? `It said: ${end.said}` : 'It said nothing.'}` }
}
