/** Talks to a backend as its page does. */
import { expect } from 'vitest'
import { type ChatLine, chatLines, postJson } from '../helpers/claude-http.ts'
import type { App } from '../helpers/electron/app.ts'
import type { MessagesApi } from '../helpers/messages-api.ts'

/** @param url Any of the backend. */
export const startChat = (url: string, message = 'hello'): Promise<Response> =>
  postJson(new URL('/api/chat', url).href, { message, requestId: message })

/** The words of Claude arrive while it still speaks; `meanwhile` happens in the middle. */
export const chatStreams = async (url: string, api: MessagesApi, meanwhile: () => void = () => {}): Promise<void> => {
  api.hold()
  const lines = chatLines(await startChat(url))
  const { value: first } = (await lines.next()) as IteratorYieldResult<ChatLine>
  expect(first).toMatchObject({ type: 'claude_json', data: { type: 'system', subtype: 'init' } })
  await api.held()
  meanwhile()
  api.release()
  const rest: ChatLine[] = []
  for await (const line of lines) rest.push(line)
  expect(rest.map(({ type, data }) => data?.type ?? type)).toEqual(['assistant', 'result', 'done'])
  expect(rest.at(-2)?.data).toMatchObject({ is_error: false, result: 'Hello from the stub.' })
}

/** Waits until the window shows this path of its backend; gives the address. */
export const windowShows = async (app: App, path: string): Promise<string> => {
  const isIt = (url: string): boolean => url.startsWith('http://127.0.0.1:') && new URL(url).pathname === path
  return (await app.window(({ url, loading }) => !loading && isIt(url), 30_000)).url
}

/** A failure of the test with what the app has said until then. */
export const explained = async <T>(app: App, run: () => Promise<T>): Promise<T> => {
  try {
    return await run()
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\nThe app said:\n${app.said()}`, { cause: error })
  }
}
