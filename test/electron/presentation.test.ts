import { describe, expect, it } from 'vitest'
import { type Act, nothingShown, originOf, type Pages, present, type Shown, type Sight } from '../../src/electron/presentation.ts'

const localPage = 'file:///app/page.html'
const here = 'http://127.0.0.1:4000'
const there = 'http://127.0.0.1:5000'

const pages = (state: Pages['state'], origin: string | null = here): Pages => ({ state, origin, start: '/', localPage })
const ready = pages('ready')
const starting = pages('starting')
const failed = pages('failed', null)

const local: Shown = { ...nothingShown, page: 'local' }
const app: Shown = { ...nothingShown, page: 'app', place: '/chat?id=7#last', origin: here }
const other: Shown = { ...nothingShown, page: 'other', place: '/chat' }
const opened: Sight = { type: 'opened' }
const service: Sight = { type: 'service' }
const refused = (url: string): Sight => ({ type: 'load-failed', url, code: -102, description: 'ERR_CONNECTION_REFUSED' })
const navigated = (url: string): Sight => ({ type: 'navigated', url })
const moved = (url: string): Sight => ({ type: 'moved', url })
const load = (url: string): Act => ({ do: 'load', url })
const nothing: Act = { do: 'nothing' }
const waiting: Act = { do: 'show-waiting' }
const failure: Act = { do: 'show-failure' }

describe('the window', () => {
  it.each<[what: string, Shown, Sight, Pages, Act]>([
    ['waits from its first moment', nothingShown, opened, pages('stopped', null), waiting],
    ['waits while the backend starts', nothingShown, opened, starting, waiting],
    ['opened onto a backend that is ready shows it', nothingShown, opened, ready, load(`${here}/`)],
    ['opened onto one that was given up explains', nothingShown, opened, failed, failure],
    ['shows the backend when it is ready', local, service, ready, load(`${here}/`)],
    ['goes on waiting until then', local, service, starting, nothing],
    ['that waits explains by itself when the backend is given up', local, service, failed, nothing],
    ['goes back to where its user was', { ...local, place: '/chat?id=7#last' }, service, ready, load(`${here}/chat?id=7#last`)],
    ['keeps an open page while the backend crashes', app, service, pages('backoff', null), nothing],
    ['keeps it while the backend starts again', app, service, starting, nothing],
    ['keeps it when the backend is ready again where it was', app, service, ready, nothing],
    ['keeps it when the backend was stopped', app, service, pages('stopped', null), nothing],
    ['follows a backend that has moved, to the same place', app, service, pages('ready', there), load(`${there}/chat?id=7#last`)],
    ['explains when the backend of an open page is given up', app, service, failed, failure],
    ['waits when the page of a dead backend is asked for', app, refused(`${here}/chat?id=8`), pages('backoff', null), waiting],
    [
      'waits when an open page is asked for at an address that the backend no longer has',
      app,
      refused(`${here}/`),
      pages('starting', there),
      waiting,
    ],
    ['explains when the page of one that was given up is asked for', { ...app }, refused(`${here}/`), failed, failure],
    ['takes no notice of a load that another one has replaced', app, { ...refused(`${here}/`), code: -3 } as Sight, starting, nothing],
    ['leaves a page of somebody else alone when the backend is ready', other, service, ready, nothing],
    ['leaves it alone when the backend is given up', other, service, failed, nothing],
    ['leaves a failure of somebody else alone', other, refused('https://login.example.org/'), starting, nothing],
    ['comes back from somebody else to a dead backend', other, refused(`${here}/callback`), starting, waiting],
    [
      'comes back from somebody else to a dead backend by its other name',
      other,
      refused('http://localhost:4000/callback'),
      starting,
      waiting,
    ],
    ['takes no other port for it', other, refused('http://localhost:40001/'), starting, nothing],
    ['takes nobody for the backend while that is not ready', app, navigated(`${here}/`), starting, waiting],
    ['nor when it was given up', app, navigated(`${here}/`), pages('failed'), failure],
    ['keeps a page that moves by itself meanwhile', app, moved(`${here}/#there`), starting, nothing],
    ['that is closed shows nothing', app, { type: 'closed' }, ready, nothing],
    ['that is closed is not filled by the service', nothingShown, service, ready, nothing],
  ])('%s', (_what, shown, sight, available, act) => {
    expect(present(shown, sight, available).act).toEqual(act)
  })

  it('remembers the place that its user asked for last, whether it came or not', () => {
    const arrived = present(app, navigated(`${here}/projects`), ready).shown
    expect(arrived).toEqual({ page: 'app', place: '/projects', origin: here, failures: 0, error: null })
    const further = present(arrived, moved(`${here}/projects/7`), starting).shown
    expect(further.place).toBe('/projects/7')
    const lost = present(further, refused(`${here}/settings`), pages('backoff', null)).shown
    expect(lost).toMatchObject({ page: 'local', place: '/settings' })
    const back = present(lost, service, pages('ready', there))
    expect(back.act).toEqual(load(`${there}/settings`))
  })

  it('keeps a page of the backend that goes by its other name of this machine', () => {
    const { shown } = present(app, navigated('http://localhost:4000/callback?code=1'), ready)
    expect(shown).toEqual({ page: 'app', place: '/callback?code=1', origin: here, failures: 0, error: null })
    expect(present(shown, service, ready).act).toEqual(nothing)
    expect(present(shown, refused('http://localhost:4000/callback'), starting).act).toEqual(waiting)
  })

  it('knows its own page by the address that Chromium gives it', () => {
    const onWindows = { ...starting, localPage: 'file:///c:/Users/RUNNER%7E1/page.html' }
    expect(present(local, navigated('file:///C:/Users/RUNNER~1/page.html'), onWindows).shown.page).toBe('local')
  })

  it('begins at its start page when it is opened anew', () => {
    const closed = present(app, { type: 'closed' }, ready).shown
    expect(present(closed, opened, { ...ready, start: '/home' }).act).toEqual(load(`${here}/home`))
  })

  it('knows whose page it shows, whatever the address begins like', () => {
    expect(present(local, navigated('http://127.0.0.1:40001/'), ready).shown.page).toBe('other')
    expect(present(app, navigated(`${localPage}#x`), ready).shown.page).toBe('local')
    expect(present(app, navigated('chrome-error://chromewebdata/'), ready).shown).toEqual(app)
    expect(present(app, navigated('about:blank'), ready).shown).toEqual(app)
  })
})

describe('a page of a ready backend that cannot be loaded', () => {
  it('is tried again, later each time', () => {
    let shown = app
    const pauses: (number | null)[] = []
    for (let attempt = 0; attempt < 7; attempt += 1) {
      const lost = present(shown, refused(`${here}/chat`), ready)
      expect(lost.act).toEqual(waiting)
      expect(lost.shown.error).toBe('ERR_CONNECTION_REFUSED')
      pauses.push(lost.restMs)
      const again = present(present(lost.shown, navigated(localPage), ready).shown, { type: 'rested' }, ready)
      expect(again.act).toEqual(load(`${here}/chat`))
      shown = again.shown
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000])
  })

  it('is forgotten when it is there', () => {
    const lost = present(app, refused(`${here}/chat`), ready).shown
    expect(present(lost, navigated(`${here}/chat`), ready).shown).toMatchObject({ failures: 0, error: null })
  })

  it('is not tried before the backend is ready again, if it has gone meanwhile', () => {
    const lost = present(app, refused(`${here}/chat`), ready).shown
    expect(present(lost, { type: 'rested' }, pages('backoff', null)).act).toEqual(nothing)
    expect(present(lost, service, ready).act).toEqual(load(`${here}/chat`))
  })

  it('is not waited for by time where the backend is known to be gone', () => {
    expect(present(app, refused(`${here}/`), pages('backoff', null)).restMs).toBeNull()
  })
})

describe('an origin', () => {
  it.each([
    ['http://127.0.0.1:4000/a?b#c', 'http://127.0.0.1:4000'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000'],
    ['APP://My-Jarvis/a', 'app://my-jarvis'],
    ['app://my-jarvis?x', 'app://my-jarvis'],
    ['about:blank', null],
    ['', null],
  ])('of %s is %s', (url, origin) => {
    expect(originOf(url)).toBe(origin)
  })
})
