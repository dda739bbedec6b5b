/**
 * Runs code of the user's that is to give a value and nothing else: it can neither end this process, nor keep it waiting for
 * ever, nor write among what is said on stdout.
 */

export interface Limits {
  /** How long it may take. What waits for nothing that could still happen is given up at once. */
  readonly timeoutMs: number
  /** The error for what it does instead of giving a value: `ends the process`. */
  readonly refusal: (doing: string) => Error
}

/** Fails with a refusal, or with what the code throws. */
export const contain = async <T>(run: () => Promise<T>, limits: Limits): Promise<T> => {
  const containment = new Containment(limits)
  try {
    return await Promise.race([run(), containment.givenUp()])
  } catch (error) {
    throw containment.exit ?? error
  } finally {
    containment.release()
  }
}

class Containment {
  /** It has asked for the end of the process; what it does after that is no news. */
  exit: Error | undefined
  readonly #limits: Limits
  readonly #undo: (() => void)[] = []
  #isOver = false

  constructor(limits: Limits) {
    this.#limits = limits
    this.#refuseExit()
    this.#divertStdout()
    // thrown in a callback, a refusal comes to whom handles that, who may end the process
    process.once('uncaughtExceptionMonitor', this.release)
    this.#undo.push(() => process.off('uncaughtExceptionMonitor', this.release))
  }

  givenUp(): Promise<never> {
    const { timeoutMs, refusal } = this.#limits
    return new Promise((_, reject) => {
      const onDrained = (): void => reject(refusal('waits for what can never come (an `await` at its top level)'))
      const onLate = (): void => reject(refusal(`has not loaded within ${timeoutMs / 1000} s (an \`await\` at its top level)`))
      // must not keep alive what has nothing more to do
      const timer = setTimeout(onLate, timeoutMs).unref()
      process.once('beforeExit', onDrained)
      this.#undo.push(
        () => clearTimeout(timer),
        () => process.off('beforeExit', onDrained),
      )
    })
  }

  readonly release = (): void => {
    this.#isOver = true
    for (const undo of this.#undo.splice(0)) undo()
  }

  #refuseExit(): void {
    const { exit } = process
    const refuse = (code?: number | string | null): never => {
      // somebody may have kept it
      if (this.#isOver) return exit.call(process, code)
      this.exit = this.#limits.refusal(`ends the process (process.exit(${code ?? ''}))`)
      throw this.exit
    }
    process.exit = refuse
    this.#undo.push(() => {
      if (process.exit === refuse) process.exit = exit
    })
  }

  /** A property in its place, not a method of the stream: opening that takes 3 ms, which few configs need. */
  #divertStdout(): void {
    const own = Object.getOwnPropertyDescriptor(process, 'stdout')
    if (own === undefined) return
    Object.defineProperty(process, 'stdout', { configurable: true, enumerable: true, get: () => process.stderr })
    this.#undo.push(() => Object.defineProperty(process, 'stdout', own))
  }
}
