import { describe, expect, it } from 'vitest'
import { acceptsFrom, type Holding, waitOf } from '../../../src/doctor/look/waits.ts'

describe('where a thread sleeps', () => {
  it.each([
    ['S', 'inet_csk_accept', 'accept'],
    ['S', 'poll_schedule_timeout.constprop.0', 'poll'],
    ['S', 'do_select', 'poll'],
    ['S', 'io_cqring_wait', 'poll'],
    ['S', 'do_epoll_wait', 'epoll'],
    ['S', 'ep_poll', 'epoll'],
    ['R', '', 'running'],
    ['S', 'hrtimer_nanosleep', 'elsewhere'],
    ['S', 'do_wait', 'elsewhere'],
    ['S', 'pipe_read', 'elsewhere'],
    ['S', 'anon_pipe_read', 'elsewhere'],
    ['S', 'futex_wait_queue_me', 'elsewhere'],
    ['S', 'futex_do_wait', 'elsewhere'],
    ['S', '__x64_sys_pause', 'elsewhere'],
    ['S', 'sock_alloc_send_pskb', 'elsewhere'],
    ['S', '', 'unknown'],
    ['S', 'some_driver_wait', 'unknown'],
    ['D', 'io_schedule', 'unknown'],
    ['D', 'do_wait', 'unknown'],
    ['T', 'do_signal_stop', 'unknown'],
    ['t', 'ptrace_stop', 'unknown'],
  ])('%s %s is: %s', (state, wchan, wait) => {
    expect(waitOf(state, wchan)).toBe(wait)
  })
})

describe('who has a listening socket open', () => {
  /** A child that has inherited it. */
  const heir: Holding = { waits: ['elsewhere'], registered: false, hasEpoll: false, hasRing: false, closedOnExec: false, serves: false }

  it.each([
    ['an heir that sleeps', false, {}],
    ['an heir with an event loop for other things', false, { waits: ['epoll', 'elsewhere'], hasEpoll: true, closedOnExec: true }],
    ['an event loop that lists it', true, { registered: true }],
    ['an event loop that lists it and is stopped', true, { registered: true, waits: ['unknown'] }],
    ['one in accept', true, { waits: ['elsewhere', 'accept'] }],
    ['one that polls, and has made it', true, { waits: ['poll'], closedOnExec: true }],
    ['one that runs, and has made it', true, { waits: ['running'], closedOnExec: true }],
    ['one that polls, and may have inherited it', null, { waits: ['poll'] }],
    ['one that runs, and may have inherited it', null, { waits: ['running'] }],
    ['an event loop that runs, whatever it has marked', null, { waits: ['running'], hasEpoll: true, closedOnExec: true }],
    ['one that has made it and sleeps', null, { closedOnExec: true }],
    ['one that serves a connection', null, { serves: true }],
    ['one with a ring', null, { hasRing: true }],
    ['one whose registrations do not all show', null, { registered: null, waits: ['epoll'], hasEpoll: true }],
    ['one with a thread of which nothing is known', null, { waits: ['elsewhere', 'unknown'] }],
    ['one without a thread', null, { waits: [] }],
  ] as const)('%s accepts: %s', (_, verdict, holding) => {
    expect(acceptsFrom({ ...heir, ...holding })).toBe(verdict)
  })
})
