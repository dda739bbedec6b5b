/** The page that waits and explains. It knows of the backend what the preload tells it, and reaches no network. */
{
  const bridge = window.jarvisSupervise
  const byId = (id) => document.getElementById(id)

  /** How long nobody wants to see what a backend says while it starts. */
  const patienceMs = 5000

  /** Only what is new: a selection and the place of the reader stay. */
  const write = (id, text) => {
    const element = byId(id)
    if (element.textContent !== text) element.textContent = text
  }

  /** With what stands between backticks as code. */
  const writeProse = (id, text) => {
    const element = byId(id)
    if (element.dataset.of === text) return
    element.dataset.of = text
    const parts = text.split(/`([^`]+)`/)
    element.replaceChildren(
      ...parts.map((part, at) => (at % 2 === 0 ? part : Object.assign(document.createElement('code'), { textContent: part }))),
    )
  }

  const show = (id, isShown) => {
    byId(id).hidden = !isShown
  }

  const writeLines = (id, lines) => {
    const element = byId(id)
    const text = lines.join('\n')
    if (element.textContent === text) return
    const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 4
    element.textContent = text
    if (isAtEnd) element.scrollTop = element.scrollHeight
  }

  /** A button that was disabled would lose the focus. */
  const isBusy = (button) => button.getAttribute('aria-disabled') === 'true'
  const setBusy = (button, value) => button.setAttribute('aria-disabled', String(value))

  const duration = (ms) => {
    const seconds = Math.floor(ms / 1000)
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  }

  const sentence = (words) => (words === '' ? '' : `${words[0].toUpperCase()}${words.slice(1)}`)

  const waitingTitle = ({ name, state, attempt = 1, loadError }) => {
    if (state === 'ready') return loadError === undefined ? `Opening ${name}` : `${name} runs, but its page cannot be loaded`
    if (state === 'stopped') return `${name} is stopped`
    if (state === 'backoff') return `${name} has ended and is started again`
    return attempt > 1 ? `Starting ${name}, attempt ${attempt}` : `Starting ${name}`
  }

  const waitingFor = ({ state, waitsFor, loadError }, nextStartInMs) => {
    if (loadError !== undefined) return `${loadError}. Trying again.`
    if (state === 'backoff') return nextStartInMs < 1000 ? '' : `Next attempt in ${duration(nextStartInMs)}`
    return waitsFor === undefined || state !== 'starting' ? '' : `Waiting for ${waitsFor}`
  }

  const failureWhat = ({ name, failure }) => {
    const keeps = { ERR_CRASH_LOOP: 'keeps crashing', ERR_CRASHED: 'has crashed', ERR_UNKILLABLE: 'does not end' }
    return `${name} ${keeps[failure.code] ?? 'could not be started'}`
  }

  /** When the state came, and what it was. */
  let told
  let toldAt = 0
  let view = ''

  const passed = () => performance.now() - toldAt

  const renderWaiting = (state) => {
    const waitedMs = (state.waitedMs ?? 0) + passed()
    const isStill = state.state === 'stopped'
    document.body.classList.toggle('still', isStill)
    write('waiting-title', waitingTitle(state))
    write('waiting-for', waitingFor(state, Math.max(0, (state.nextStartInMs ?? 0) - passed())))
    const miss = state.lastMiss === undefined ? '' : `. So far: ${state.lastMiss}`
    write(
      'waiting-time',
      state.waitedMs === undefined || waitedMs < 1000 ? '' : `${duration(waitedMs)}${waitedMs < patienceMs ? '' : miss}`,
    )
    show('start', isStill)
    const lines = state.lines ?? []
    const isLong = waitedMs >= patienceMs && state.state !== 'ready' && lines.length > 0
    show('waiting-output', isLong)
    if (isLong) writeLines('waiting-lines', lines)
    return waitingTitle(state)
  }

  const renderFailure = (state) => {
    const { failure, lines = [] } = state
    // that no cause is known says less than what has happened
    const verdict = state.verdict?.code === 'UNKNOWN' || state.verdict?.code === 'HEALTHY' ? undefined : state.verdict
    const title = verdict?.title ?? sentence(failureWhat(state))
    write('failure-what', verdict === undefined ? '' : sentence(failureWhat(state)))
    show('failure-what', verdict !== undefined)
    write('failure-title', title)
    writeProse('failure-explanation', sentence(verdict?.explanation ?? failure.message))
    show('failure-examined', state.isExamined === true)
    const hint = verdict?.hint || failure.hint || ''
    const command = verdict?.command ?? null
    show('failure-advice', hint !== '' || command !== null)
    writeProse('failure-hint', hint)
    show('failure-command', command !== null)
    write('failure-command-text', command ?? '')
    const facts = verdict?.supports ?? []
    show('failure-seen', facts.length > 0)
    const list = byId('failure-facts')
    if (list.dataset.of !== facts.join('\n')) {
      list.dataset.of = facts.join('\n')
      list.replaceChildren(...facts.map((fact) => Object.assign(document.createElement('li'), { textContent: fact })))
    }
    const said = failure.tail.length > 0 ? failure.tail : lines
    show('failure-output', said.length > 0)
    writeLines('failure-lines', said)
    write('failure-code', verdict?.code ?? failure.reason ?? failure.code)
    return title
  }

  const render = () => {
    if (told === undefined) return
    const next = told.failure === undefined ? 'waiting' : 'failure'
    show('waiting', next === 'waiting')
    show('failure', next === 'failure')
    const title = next === 'waiting' ? renderWaiting(told) : renderFailure(told)
    document.title = next === 'waiting' ? title : `${title} – ${told.name}`
    if (next === view) return
    view = next
    setBusy(byId('retry'), false)
    write('said', '')
    // a reader begins at the top, and goes on with Tab
    if (next === 'failure') byId('failure-title').focus()
  }

  const take = (state) => {
    told = state
    toldAt = performance.now()
    render()
  }

  const ask = () => bridge.state().then(take, () => {})

  /** Says for a moment what came of a click. */
  let saying
  const say = (words) => {
    clearTimeout(saying)
    write('said', words)
    saying = setTimeout(() => write('said', ''), 4000)
  }

  const whileIdle = (button, work) => {
    if (isBusy(button)) return
    setBusy(button, true)
    void work().finally(() => setBusy(button, false))
  }

  const tell = (work, done) =>
    work().then(
      () => say(done),
      () => say('That did not work.'),
    )

  /** What follows shows by itself. */
  const retry = () => {
    const button = byId('retry')
    if (isBusy(button)) return
    setBusy(button, true)
    bridge.retry().catch(() => {
      setBusy(button, false)
      say('The app is about to end.')
    })
  }

  const selectCommand = () => getSelection().selectAllChildren(byId('failure-command-text'))

  if (bridge === undefined) {
    write('waiting-title', 'Waiting for the backend')
  } else {
    byId('retry').addEventListener('click', retry)
    byId('start').addEventListener('click', retry)
    byId('copy-report').addEventListener('click', ({ currentTarget }) => whileIdle(currentTarget, () => tell(bridge.copyReport, 'Copied.')))
    byId('copy-command').addEventListener('click', ({ currentTarget }) => {
      selectCommand()
      whileIdle(currentTarget, () => tell(() => navigator.clipboard.writeText(byId('failure-command-text').textContent), 'Copied.'))
    })
    bridge.onState(take)
    void ask()
    // time passes, and lines come, without an event
    setInterval(() => (told?.waitedMs !== undefined && passed() > 900 ? ask() : render()), 250)
  }
}
