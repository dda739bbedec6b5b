import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { contain, type Limits } from '../../src/config/contain.ts'

const never = new Promise<never>(() => {})
const own = (): unknown[] => [process.exit, Object.getOwnPropertyDescriptor(process, 'stdout'), process.listenerCount('beforeExit')]

class Refusal extends Error {}
const limits: Limits = { timeoutMs: 10_000, refusal: (doing) => new Refusal(doing) }

/** What it was kept from. */
const refusedTo = async (run: () => Promise<unknown>, timeoutMs = limits.timeoutMs): Promise<string> => {
  const error = await contain(run, { ...limits, timeoutMs }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Refusal)) throw new Error('it was not kept from anything', { cause: error })
  return error.message
}

describe('contained code', () => {
  let before: unknown[]
  beforeEach(() => {
    before = own()
  })
  // whatever it has done
  afterEach(() => expect(own()).toEqual(before))

  it('gives its value', async () => {
    expect(await contain(async () => 4711, limits)).toBe(4711)
  })

  it('fails with what it throws', async () => {
    await expect(contain(() => Promise.reject(new TypeError('why')), limits)).rejects.toThrow(TypeError)
  })

  it.each([
    [0, 'process.exit(0)'],
    [undefined, 'process.exit()'],
  ])('does not end this process by exit(%s)', async (code, words) => {
    expect(await refusedTo(async () => process.exit(code))).toBe(`ends the process (${words})`)
  })

  it('has asked for the end whatever it makes of the refusal', async () => {
    const swallows = async (): Promise<never> => {
      try {
        process.exit(3)
      } catch {
        return never
      }
    }
    expect(await refusedTo(swallows, 1)).toMatch(/process\.exit\(3\)/)
  })

  it('may still end this process when it is contained no more', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => {}) as never)
    const kept = await contain(async () => process.exit, limits)
    kept(5)
    expect(exit).toHaveBeenCalledExactlyOnceWith(5)
    exit.mockRestore()
  })

  it('writes on stderr what it means for stdout', async () => {
    const [out, err] = [process.stdout, process.stderr]
    expect(await contain(async () => process.stdout, limits)).toBe(err)
    expect(process.stdout).toBe(out)
  })

  it('is not waited for longer than allowed', async () => {
    expect(await refusedTo(() => never, 5)).toMatch(/^has not loaded within 0\.005 s/)
  })

  it('is given up at once when nothing can come any more', async () => {
    const refused = refusedTo(() => never)
    process.emit('beforeExit', 0)
    expect(await refused).toMatch(/^waits for what can never come/)
  })

  it('is contained no more when an exception of its own is about to end this process', async () => {
    const exit = process.exit
    const value = await contain(async () => {
      const emitter: NodeJS.EventEmitter = process
      emitter.emit('uncaughtExceptionMonitor', new Error('thrown in a callback'), 'uncaughtException')
      return process.exit === exit
    }, limits)
    expect(value).toBe(true)
  })
})
