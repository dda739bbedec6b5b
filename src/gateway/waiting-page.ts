/** The page that a browser gets in the place of the backend's: says how it is, and opens what was asked for when it is there. Pure. */
import { escaped, pageFrom } from './page-parts.ts'
import type { Problem } from './problem.ts'

export interface WaitingPage {
  readonly problem: Problem
  readonly isTrusted: boolean
  /** Opens itself again when there is something else to be seen. */
  readonly reloads: boolean
  readonly nonce: string
}

export const waitingPage = ({ problem, isTrusted, reloads, nonce }: WaitingPage): string => {
  const { title, detail, more = {}, tail } = problem
  const lines = isTrusted ? (tail ?? []) : []
  const { state, attempt, nextStartInMs, lastExit } = more
  const isOver = state === 'failed' || state === 'stopped'
  const opens = reloads && !isOver
  const facts = JSON.stringify({ state, attempt, nextStartInMs, lastExit, reloads, opens })
  const body = `<body data-facts="${escaped(facts)}"${opens ? '' : ' class="still"'}>
<main>
<div class="pulse" aria-hidden="true"></div>
<h1>${escaped(title)}</h1>
${opens ? `<p>This page opens by itself as soon as the backend is ready.</p><noscript><p>${inHtml(detail)}</p></noscript>` : `<p>${inHtml(detail)}</p>`}
<p class="quiet" id="now" role="status"></p>
<p class="quiet" id="last"></p>
<button type="button" id="again" hidden>Try again</button>
<section id="output" aria-label="Last lines of output"${lines.length === 0 ? ' hidden' : ''}>
<h2>Last lines of output</h2>
<pre id="lines" tabindex="0">${escaped(lines.join('\n'))}</pre>
</section>
</main>
</body>`
  return pageFrom({ title, body, script, nonce })
}

const inHtml = (text: string): string => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>')

// what it knows comes by the event stream, or from the attribute, and is written as text only
const script = `
'use strict'
const at = (id) => document.getElementById(id)
const put = (id, text) => { if (at(id).textContent !== text) at(id).textContent = text }
const first = JSON.parse(document.body.dataset.facts)
const since = performance.now()
let facts = first
let next = 0
let isLost = false
let isLeaving = false
const isOver = (state) => state === 'failed' || state === 'stopped'
const seconds = (ms) => Math.max(0, Math.round(ms / 1000)) + ' s'
const now = () => {
  if (isLost) return 'The front door does not answer. Trying again…'
  if (isLeaving) return 'Opening…'
  const { state, attempt } = facts
  if (state === 'starting') return 'Starting' + (attempt > 1 ? ', attempt ' + attempt : '') + ' · ' + seconds(performance.now() - since)
  if (state === 'backoff') return next > performance.now() ? 'Next start in ' + seconds(next - performance.now()) : 'Starting…'
  if (state === 'stopping') return 'Its process is being ended…'
  return state === 'ready' ? 'It is ready.' : ''
}
const lastExit = ({ lastExit: exit }) => exit
  ? 'Last exit: ' + (exit.signal ?? 'code ' + exit.code) + ' after ' + seconds(exit.uptimeMs) + (exit.reason ? ' (' + exit.reason + ')' : '')
  : ''
const render = () => {
  put('now', now())
  // where nothing happens any more, it was said above
  put('last', first.opens ? lastExit(facts) : '')
  const lines = (facts.tail ?? []).join('\\n')
  if (lines !== '') {
    const isAtEnd = at('lines').scrollTop + at('lines').clientHeight >= at('lines').scrollHeight - 4
    put('lines', lines)
    at('output').hidden = false
    if (isAtEnd) at('lines').scrollTop = at('lines').scrollHeight
  }
  document.body.classList.toggle('still', !first.opens)
  at('again').hidden = isLeaving || first.opens
}
const learn = (told) => {
  facts = told
  if (typeof told.nextStartInMs === 'number') next = performance.now() + told.nextStartInMs
}
const leave = () => {
  if (isLeaving) return
  isLeaving = true
  // something else is wrong, and then it is not asked again at once
  setTimeout(() => location.reload(), Math.max(0, (first.state === 'ready' ? 5000 : 1000) - performance.now()))
}
const listen = () => {
  const source = new EventSource('/_supervise/state')
  const hear = ({ data }) => {
    isLost = false
    learn(JSON.parse(data))
    const { state } = facts
    if (first.reloads && (state === 'ready' || isOver(state) !== isOver(first.state))) leave()
    render()
  }
  source.addEventListener('snapshot', hear)
  source.addEventListener('state', hear)
  source.onerror = () => {
    isLost = true
    render()
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000)
  }
}
at('again').addEventListener('click', () => location.reload())
at('lines').scrollTop = at('lines').scrollHeight
learn(first)
render()
setInterval(render, 500)
listen()
`
