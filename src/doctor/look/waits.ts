/**
 * Decides, from where its threads sleep in the kernel, whether a process that has a listening socket open waits for
 * connections on it. Pure.
 *
 * That it does not is said only where nothing else is possible: who serves one client at a time is in the midst of
 * something else, too, and sleeps there like one who has merely inherited the socket. So a socket that no exec can have
 * brought is its own, as long as no event loop is seen (Node marks all that it inherits); and who holds an accepted
 * connection is a server.
 */
export type Wait =
  /** In accept(2) on an internet socket. */
  | 'accept'
  /** For a set of descriptors that does not show. */
  | 'poll'
  /** For what its epoll descriptors list. */
  | 'epoll'
  | 'running'
  /** For something that no connection to a listener ends. */
  | 'elsewhere'
  | 'unknown'

const places: readonly (readonly [wait: Wait, wchan: RegExp])[] = [
  ['accept', /^inet_csk_(?:accept|wait_for_connect)$/],
  // io_schedule is the wait for a disk
  ['poll', /^(?:poll_schedule_timeout|do_sys_poll|do_poll|do_select|core_sys_select|io_(?!schedule).*)$/],
  ['epoll', /^(?:do_epoll_wait|do_epoll_pwait|ep_poll)$/],
  ['elsewhere', /^(?:.*nanosleep.*|do_wait|do_sigtimedwait|sigsuspend|(?:.*_)?sys_pause|futex_.*)$/],
  [
    'elsewhere',
    /^(?:(?:anon_)?pipe_(?:read|write|wait.*)|n_tty_read|n_tty_write|eventfd_read|inotify_read|signalfd_dequeue|timerfd_read.*)$/,
  ],
  // sockets that data flows through; to accept a connection the kernel waits at a place of its own
  [
    'elsewhere',
    /^(?:wait_woken|sk_wait_data|sk_stream_wait_memory|sock_alloc_send_pskb|unix_stream_.*|unix_wait_for_peer|__skb_wait_for_more_packets)$/,
  ],
]

/** @param wchan Empty: nowhere, or not known. */
export const waitOf = (state: string, wchan: string): Wait => {
  if (state === 'R') return 'running'
  // one that is stopped, or in the midst of a disk's work, waited for something else before
  if (state !== 'S') return 'unknown'
  const place = wchan.replace(/\.(?:constprop|isra|part|cold).*$/, '')
  return places.find(([, pattern]) => pattern.test(place))?.[0] ?? 'unknown'
}

export interface Holding {
  /** Of each thread. */
  readonly waits: readonly Wait[]
  /** Whether one of its epoll descriptors lists the socket; null: they do not show all. */
  readonly registered: boolean | null
  /** It has an epoll descriptor. */
  readonly hasEpoll: boolean
  /** It may wait through io_uring. */
  readonly hasRing: boolean
  /** All its descriptors of the socket are closed on exec. */
  readonly closedOnExec: boolean
  /** It serves a connection that was accepted from the socket. */
  readonly serves: boolean
}

/** null: it cannot be told. */
export const acceptsFrom = ({ waits, registered, hasEpoll, hasRing, closedOnExec, serves }: Holding): boolean | null => {
  if (registered === true || waits.includes('accept')) return true
  if (waits.some((wait) => wait === 'poll' || wait === 'running')) return closedOnExec && !hasEpoll && registered !== null ? true : null
  if (registered === null || hasRing || serves || waits.length === 0 || waits.includes('unknown')) return null
  return closedOnExec && !waits.includes('epoll') ? null : false
}
