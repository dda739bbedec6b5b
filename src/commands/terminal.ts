import { styleText } from 'node:util'

export type Style = 'red' | 'green' | 'yellow' | 'dim' | 'bold'

/** Paints text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string

/** Colour is for people: only on a terminal, unless it is refused or forced. */
export const painter = (stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv, noColor: boolean): Paint => {
  const wanted = !noColor && !env.NO_COLOR && (env.FORCE_COLOR ? env.FORCE_COLOR !== '0' : stream.isTTY === true && env.TERM !== 'dumb')
  // styleText would ask the wrong stream
  return wanted ? (style, text) => styleText(style, text) : (_style, text) => text
}
