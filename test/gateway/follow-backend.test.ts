import { describe, expect, it } from 'vitest'
import { FollowedBackend } from '../../src/gateway/follow-backend.ts'
import { noSigns } from '../../src/gateway/life.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { Upstream } from '../helpers/upstream.ts'

const follow = () => {
  const upstream = new Upstream()
  const backend = new FollowedBackend({ upstream, clock: new FakeClock(), signs: noSigns, redact: (line) => line })
  upstream.ready(4321, 77)
  return { upstream, backend, first: backend.generation! }
}

describe('a process that is gone', () => {
  it('is ended and not to be asked any more, before it is told how it has ended', () => {
    const { upstream, backend, first } = follow()
    let seen: unknown
    first.ended.addEventListener('abort', () => {
      seen = [backend.generation, first.retired.aborted, backend.passage]
    })
    upstream.gone()
    expect(seen).toEqual([undefined, true, 'hold'])
    expect([backend.find(77), backend.isWithoutAddress, upstream.state.state]).toEqual([undefined, false, 'ready'])
    // what is told of it comes with its exit
    expect(backend.facts()).toMatchObject({ state: 'ready', lastExit: null, tail: [] })
    upstream.crashed({ tail: ['bad luck'] })
    expect(backend.facts()).toMatchObject({ state: 'backoff', lastExit: { pid: 77 }, tail: ['bad luck'] })
  })

  it('is told to who listens', () => {
    const { upstream, backend } = follow()
    const seen: unknown[] = []
    backend.onChange(() => void seen.push(backend.generation))
    upstream.gone()
    expect(seen).toEqual([undefined])
  })

  it('takes nothing from the one that serves in its place', () => {
    const { upstream, backend, first } = follow()
    upstream.ready(4322, 78)
    const second = backend.generation
    upstream.gone(77)
    expect([first.ended.aborted, backend.generation, second?.retired.aborted]).toEqual([true, second, false])
    // nor does one that only stood by
    upstream.gone(79)
    expect([backend.generation, second?.ended.aborted]).toEqual([second, false])
  })

  it('is nobody’s affair when nothing is followed any more', () => {
    const { upstream, backend, first } = follow()
    backend.close()
    upstream.gone()
    expect([first.ended.aborted, upstream.isFollowed]).toEqual([false, false])
  })
})
