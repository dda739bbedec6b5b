/** All that the backend can be asked to do, by name. A play gets an exchange, and returns 'close' where the connection is over. */
import * as answers from './answers.mjs'
import * as bodies from './bodies.mjs'
import * as sockets from './sockets.mjs'
import * as streams from './streams.mjs'

export const plays = { ...answers, ...bodies, ...sockets, ...streams }
