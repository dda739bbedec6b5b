/** The subprotocol that carries a ticket is the door's: the backend is not told of it. Pure. */

/** Whether this one is all that a client offers. `headers`: name and value in turn. */
export const offersOnly = (protocol: string, headers: readonly string[]): boolean =>
  headers
    .filter((_value, at) => at % 2 === 1 && headers[at - 1]!.toLowerCase() === 'sec-websocket-protocol')
    .flatMap((value) => value.split(','))
    .every((name) => [protocol, ''].includes(name.trim()))
