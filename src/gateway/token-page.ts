/** The page for a browser without a token: takes the one that its address carries, and opens what was asked for. Pure. */
import { pageFrom } from './page-parts.ts'

export const tokenPage = (nonce: string): string => pageFrom({ title: 'A token is needed', body, script, nonce })

const body = `<body class="still">
<main>
<h1>A token is needed</h1>
<p>Open this address once with <code>#token=…</code> at its end. The token is in the file that the supervisor named when it opened this door; each launch has a new one.</p>
<p class="quiet" id="said" role="status"></p>
</main>
</body>`

// what follows # is sent to nobody, and is not to stay where it can be read
const script = `
'use strict'
const say = (text) => { document.getElementById('said').textContent = text }
const enter = async () => {
  const found = /[#&]token=([^&]+)/.exec(location.hash)
  if (found === null) return
  history.replaceState(null, '', location.pathname + location.search)
  try {
    const headers = { 'X-Jarvis-Token': decodeURIComponent(found[1]) }
    const { ok } = await fetch('/_supervise/session', { method: 'POST', headers })
    if (ok) return location.reload()
    say('This is not the token of this launch.')
  } catch {
    say('That did not work. Try it again.')
  }
}
addEventListener('hashchange', enter)
enter()
`
