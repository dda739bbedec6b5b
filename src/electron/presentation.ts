/**
 * Decides what the window shows: `present(shown, sight, pages)` gives what is shown from now on and what to do about it. Pure.
 *
 * A page of the backend that is open stays open while the backend is restarted: that takes a second, the page is told, and
 * what its user has typed is not lost. It goes only where the service is given up, or answers elsewhere.
 */
import type { StateName } from '../supervisor/model.ts'
import { isSameFile } from './app-state.ts'

export interface Shown {
  /** `local` waits or explains; `app` is the backend's; `other` is a page of somebody else, such as a login. */
  readonly page: 'none' | 'local' | 'app' | 'other'
  /** Where the backend's page is or was last, from the path on. null: nowhere yet. */
  readonly place: string | null
  /** Origin of the backend's page that is shown. */
  readonly origin: string | null
  /** Loads of the backend's page that have failed in a row while it was ready. */
  readonly failures: number
  /** What such a load has ended with. */
  readonly error: string | null
}

/** What happened to the window, or to the service. */
export type Sight =
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  /** The service: its state, or its address, changed. */
  | { readonly type: 'service' }
  /** A page is there. */
  | { readonly type: 'navigated'; readonly url: string }
  /** The page that is there has another address. */
  | { readonly type: 'moved'; readonly url: string }
  /** Of the main frame. `code` as Chromium has it. */
  | { readonly type: 'load-failed'; readonly url: string; readonly code: number; readonly description: string }
  /** The pause is over that was asked for. */
  | { readonly type: 'rested' }

/** What there is to be shown. */
export interface Pages {
  readonly state: StateName
  /** Origin of the backend, while it has an address: `http://127.0.0.1:4321`. */
  readonly origin: string | null
  /** Where a new window begins: path, query and fragment. */
  readonly start: string
  /** Address of the local page. */
  readonly localPage: string
}

export type Act =
  | { readonly do: 'nothing' }
  /** The waiting page: with nobody to wait for, too, since it says what can be done. */
  | { readonly do: 'show-waiting' }
  | { readonly do: 'show-failure' }
  | { readonly do: 'load'; readonly url: string }

export interface Presented {
  readonly shown: Shown
  readonly act: Act
  /** When to come again with `rested`, where nothing else will make us try again. */
  readonly restMs: number | null
}

export const nothingShown: Shown = { page: 'none', place: null, origin: null, failures: 0, error: null }

/** A load that was given up for another one. */
const aborted = -3
/** What was answered to us may be answered to Chromium a moment later. */
const shortestRestMs = 250
const longestRestMs = 4000

export const present = (shown: Shown, sight: Sight, pages: Pages): Presented => {
  switch (sight.type) {
    case 'opened':
      return open({ ...nothingShown, page: 'local' }, pages)
    case 'closed':
      return stay(nothingShown)
    case 'navigated':
      // whoever answers there while the backend does not is not proved to be it: another program, or who stands before it
      return isOfBackend(sight.url, shown, pages) && !isReady(pages)
        ? loadFailed(shown, sight.url, 'The backend is not ready', pages)
        : stay(navigated(shown, sight.url, pages))
    case 'moved':
      return stay(shown.page === 'app' ? { ...shown, place: placeOf(sight.url) ?? shown.place } : shown)
    case 'load-failed':
      return sight.code === aborted || !isOfBackend(sight.url, shown, pages)
        ? stay(shown)
        : loadFailed(shown, sight.url, sight.description, pages)
    case 'service':
      return serviceChanged(shown, pages)
    case 'rested':
      return shown.page === 'local' && shown.failures > 0 && isReady(pages) ? loadApp(shown, pages) : stay(shown)
  }
}

const stay = (shown: Shown): Presented => ({ shown, act: { do: 'nothing' }, restMs: null })

const isReady = ({ state, origin }: Pages): boolean => state === 'ready' && origin !== null

/** A new window is given something at once, whatever there is. */
const open = (shown: Shown, pages: Pages): Presented => (isReady(pages) ? loadApp(shown, pages) : showLocal(shown, pages))

const showLocal = (shown: Shown, { state }: Pages): Presented => ({
  shown: { ...shown, page: 'local', origin: null },
  act: { do: state === 'failed' ? 'show-failure' : 'show-waiting' },
  restMs: null,
})

const loadApp = (shown: Shown, { origin, start }: Pages): Presented => {
  const place = shown.place ?? start
  return { shown: { ...shown, page: 'app', place, origin }, act: { do: 'load', url: `${origin}${place}` }, restMs: null }
}

const serviceChanged = (shown: Shown, pages: Pages): Presented => {
  switch (shown.page) {
    case 'none':
    case 'other':
      return stay(shown)
    case 'local':
      // it waits and explains by itself
      return isReady(pages) ? loadApp({ ...shown, failures: 0, error: null }, pages) : stay(shown)
    case 'app':
      if (pages.state === 'failed') return showLocal(shown, pages)
      return isReady(pages) && pages.origin !== shown.origin ? loadApp(shown, pages) : stay(shown)
  }
}

const navigated = (shown: Shown, url: string, pages: Pages): Shown => {
  if (isSameFile(url, pages.localPage)) return { ...shown, page: 'local', origin: null }
  // what Chromium shows in place of a page is none
  if (/^(?:about|chrome-error):/i.test(url)) return shown
  const origin = backendAt(url, shown, pages)
  if (origin === null) return { ...shown, page: 'other', origin: null }
  return { page: 'app', place: placeOf(url), origin, failures: 0, error: null }
}

const loadFailed = (shown: Shown, url: string, error: string, pages: Pages): Presented => {
  // a backend that is gone is told of soon, and comes back; of one that is well nothing more will be heard
  const failures = isReady(pages) ? shown.failures + 1 : 0
  const presented = showLocal({ ...shown, place: placeOf(url) ?? shown.place, failures, error }, pages)
  return failures === 0 ? presented : { ...presented, restMs: Math.min(longestRestMs, shortestRestMs * 2 ** (failures - 1)) }
}

const isOfBackend = (url: string, shown: Shown, pages: Pages): boolean => backendAt(url, shown, pages) !== null

/** Origin of the backend, where the page is its: the one that it has, or that the open page still has. */
const backendAt = (url: string, { origin: before }: Shown, { origin }: Pages): string | null => {
  const of = originOf(url)
  if (of === null) return null
  return [origin, before].find((backend) => backend !== null && byOneName(backend) === byOneName(of)) ?? null
}

/** A backend calls itself `localhost` where it sends its page elsewhere, as after a login. */
const byOneName = (origin: string): string => origin.replace(/^(https?:\/\/)(?:127\.0\.0\.1|\[::1\])(?=:|$)/, '$1localhost')

/** Also of schemes that are no web's: `app://local`. */
export const originOf = (url: string): string | null => /^[a-z][a-z0-9+.-]*:\/\/[^/?#]+/i.exec(url)?.[0].toLowerCase() ?? null

const placeOf = (url: string): string | null => {
  const origin = originOf(url)
  if (origin === null) return null
  const place = url.slice(origin.length)
  return place.startsWith('/') ? place : `/${place}`
}
