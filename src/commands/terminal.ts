import { isatty } from 'node:tty'
import { styleText } from 'node:util'
import type { OutputStream } from '../launch/launcher.ts'
import { type Paint, plain } from '../supervisor/sentences.ts'

/** Colour is for people: only on a terminal (file descriptor `fd`), unless it is refused or forced. */
export const painter = (fd: 1 | 2, env: NodeJS.ProcessEnv, noColor: boolean): Paint => {
  const wanted = !noColor && !env.NO_COLOR && (env.FORCE_COLOR ? env.FORCE_COLOR !== '0' : isatty(fd) && env.TERM !== 'dumb')
  // styleText would ask the wrong stream
  return wanted ? (style, text) => styleText(style, text) : plain
}

const opened = new Set<OutputStream>()

/**
 * stdout or stderr, opened when first needed: that costs 3 ms, which a child that is being launched can use better. Its
 * reader may leave (`| head`), its terminal close, its disk fill: what we supervise goes on.
 */
export const outputOf = (name: OutputStream): NodeJS.WriteStream => {
  const stream = process[name]
  if (opened.has(name)) return stream
  opened.add(name)
  stream.on('error', () => {})
  return stream
}
