import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { Emitter } from '../../src/supervisor/events.ts'

const silence = { pid: 71, misses: 2, reason: null, silentMs: 4000 } as const

describe('events', () => {
  it('reach every listener, in the order of subscription', () => {
    const emitter = new Emitter()
    const heard: unknown[] = []
    emitter.on('unresponsive', (facts) => heard.push('first', facts))
    emitter.on('unresponsive', () => heard.push('second'))
    emitter.emit('unresponsive', silence)
    expect(heard).toEqual(['first', silence, 'second'])
  })

  it('reach nobody who did not ask for them', () => {
    const emitter = new Emitter()
    const heard: unknown[] = []
    emitter.on('responsive', (facts) => heard.push(facts))
    emitter.emit('unresponsive', silence)
    expect(heard).toEqual([])
  })

  it('a listener given twice hears twice, and each subscription ends by itself', () => {
    const emitter = new Emitter()
    let heard = 0
    const listener = (): void => {
      heard += 1
    }
    const off = emitter.on('unresponsive', listener)
    emitter.on('unresponsive', listener)
    emitter.emit('unresponsive', silence)
    expect(heard).toBe(2)
    off()
    off()
    emitter.emit('unresponsive', silence)
    expect(heard).toBe(3)
  })

  it('a listener may unsubscribe itself and others while it is being told', () => {
    const emitter = new Emitter()
    const heard: string[] = []
    const off = emitter.on('unresponsive', () => {
      heard.push('once')
      off()
    })
    emitter.on('unresponsive', () => heard.push('always'))
    emitter.emit('unresponsive', silence)
    emitter.emit('unresponsive', silence)
    expect(heard).toEqual(['once', 'always', 'always'])
  })

  it('a listener that throws harms nobody: the next is told, and its error becomes a warning', async () => {
    const emitter = new Emitter()
    const heard: string[] = []
    emitter.on('unresponsive', () => {
      throw new Error('a bug of the listener')
    })
    emitter.on('unresponsive', () => {
      throw 'not even an error'
    })
    emitter.on('unresponsive', () => heard.push('told'))
    const warned = once(process, 'warning')
    emitter.emit('unresponsive', silence)
    expect(heard).toEqual(['told'])
    expect((await warned)[0]).toMatchObject({ message: 'a bug of the listener' })
  })

  it('knows whether somebody listens', () => {
    const emitter = new Emitter()
    expect(emitter.has('log')).toBe(false)
    const off = emitter.on('log', () => {})
    expect(emitter.has('log')).toBe(true)
    off()
    expect(emitter.has('log')).toBe(false)
  })
})
