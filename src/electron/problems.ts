/** Decides what is wrong with what `superviseApp` was given, as far as it is not the service's. Pure. */
import type { AppOptions } from './app-options.ts'

/** What cannot be left out of the `electron` module; `BrowserWindow` where the app makes no window of its own. */
const needed = ['app', 'ipcMain', 'powerMonitor', 'clipboard', 'utilityProcess'] as const

/** Longer ones Node takes for 1 ms. */
const longestTimerMs = 2 ** 31 - 1

/** Chromium's own. */
const takenSchemes = new Set([
  'about',
  'blob',
  'chrome',
  'data',
  'devtools',
  'file',
  'filesystem',
  'http',
  'https',
  'javascript',
  'ws',
  'wss',
])

/** undefined: it is all there. */
export const electronProblem = (electron: unknown, { window }: Pick<AppOptions, 'window'>): string | undefined => {
  // what the `electron` package exports to everybody else
  if (typeof electron === 'string') return "this is no main process of Electron's, but a plain Node; start it with `electron .`"
  const given = (typeof electron === 'object' && electron !== null ? electron : {}) as Readonly<Record<string, unknown>>
  const missing = [...needed, ...(window === undefined ? ['BrowserWindow'] : [])].filter((name) => given[name] == null)
  if (missing.length === 0) return undefined
  return `of Electron ${missing.map((name) => `\`${name}\``).join(', ')} ${missing.length === 1 ? 'was' : 'were'} not handed over; hand over the whole module`
}

export const optionProblems = ({ page = '/', quitMs = 5000, scheme = 'app', window }: AppOptions): readonly string[] => [
  ...(typeof page === 'string' && page.startsWith('/') ? [] : ['`page` must be a path that begins with /']),
  ...(typeof quitMs === 'number' && quitMs >= 0 && quitMs <= longestTimerMs ? [] : ['`quitMs` must be a number of milliseconds']),
  ...(typeof scheme === 'string' && /^[a-z][a-z0-9+.-]*$/.test(scheme) && !takenSchemes.has(scheme)
    ? []
    : ["`scheme` must be a name in lower case that is none of Chromium's own, such as `app`"]),
  ...(window === undefined || typeof window === 'function' ? [] : ['`window` must be a function that returns a BrowserWindow']),
]
