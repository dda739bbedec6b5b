/** In the thread of Node's loader, up to Node 22. */
import esm from './esm.cjs'

let hooks

export const initialize = (names) => {
  hooks = esm.createHooks(names)
}
export const resolve = (...args) => hooks.resolve(...args)
export const load = (...args) => hooks.load(...args)
