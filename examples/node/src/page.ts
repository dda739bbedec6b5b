// Kept apart from the page so that its Content-Security-Policy can name them by their hashes.

export const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #d97757 }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 46rem; min-height: 100vh; padding: 1.5rem; display: flex; flex-direction: column; gap: 1rem; font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.2rem; margin: 0 } h1 span { color: var(--accent) }
header { display: flex; align-items: center; justify-content: space-between; gap: 1rem }
select, textarea, button { font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--line); border-radius: .6rem; padding: .5rem .7rem }
select { min-width: 0; flex: 0 1 24rem }
button { cursor: pointer } #send { background: var(--accent); border-color: transparent; color: #fff }
button:disabled { opacity: .45; cursor: default }
#log { flex: 1; display: flex; flex-direction: column; gap: .7rem }
#log p { margin: 0; padding: .6rem .9rem; border-radius: .8rem; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere }
#log p.mine { align-self: flex-end; background: var(--accent); color: #fff } #log p.note { background: none; padding: 0; opacity: .7; font-size: .85rem }
form { display: flex; gap: .5rem; position: sticky; bottom: 0; padding: .5rem 0; background: Canvas } textarea { flex: 1; resize: vertical }
`

export const script = `
const at = (id) => document.getElementById(id)
let sessionId, requestId

const show = (text, kind) => {
  const line = document.createElement('p')
  line.textContent = text
  line.className = kind
  at('log').append(line)
  line.scrollIntoView({ block: 'end' })
}
const post = (path, body) => fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const busy = (on) => { at('send').disabled = on; at('stop').disabled = !on }

const take = (line) => {
  if (line.type === 'error') show(line.error, 'note')
  if (line.type === 'aborted') show('Stopped.', 'note')
  if (line.type !== 'claude_json') return
  const data = line.data
  sessionId = data.session_id ?? sessionId
  if (data.type !== 'assistant') return
  for (const part of data.message.content) {
    if (part.type === 'text') show(part.text, 'claude')
    if (part.type === 'tool_use') show('Uses ' + part.name, 'note')
  }
}

const readLines = async (stream) => {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    const lines = (rest + (value ?? '')).split('\\n')
    rest = done ? '' : lines.pop()
    for (const line of lines) if (line) take(JSON.parse(line))
    if (done) return
  }
}

at('form').onsubmit = async (event) => {
  event.preventDefault()
  const message = at('message').value.trim()
  if (!message || at('send').disabled) return
  at('message').value = ''
  show(message, 'mine')
  requestId = crypto.randomUUID()
  busy(true)
  try {
    const response = await post('/api/chat', { message, requestId, sessionId, workingDirectory: at('project').value || undefined })
    if (response.ok) await readLines(response.body)
    else show((await response.json()).error, 'note')
  } catch (error) {
    show('The connection was lost: ' + error.message, 'note')
  }
  busy(false)
}
at('stop').onclick = () => post('/api/abort/' + requestId, {})
at('project').onchange = () => { sessionId = undefined }
at('message').onkeydown = (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); at('form').requestSubmit() }
}
fetch('/api/projects').then((response) => response.json()).then(({ projects }) => {
  for (const { path } of projects) at('project').append(new Option(path, path))
})
`

export const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>My Jarvis</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<header>
  <h1>My <span>Jarvis</span></h1>
  <select id="project" aria-label="Project"><option value="">Home directory</option></select>
</header>
<main id="log" aria-live="polite"></main>
<form id="form">
  <textarea id="message" rows="2" placeholder="Ask Claude…" aria-label="Message" autofocus></textarea>
  <button id="send">Send</button>
  <button id="stop" type="button" disabled>Stop</button>
</form>
<script>${script}</script>
`
