'use strict'
/** The names and numbers by which Chromium tells failures of the network. */
const numbers = {
  ERR_FAILED: -2,
  ERR_ABORTED: -3,
  ERR_FILE_NOT_FOUND: -6,
  ERR_UNEXPECTED: -9,
  ERR_CONNECTION_CLOSED: -100,
  ERR_CONNECTION_RESET: -101,
  ERR_CONNECTION_REFUSED: -102,
  ERR_NAME_NOT_RESOLVED: -105,
  ERR_INTERNET_DISCONNECTED: -106,
  ERR_SSL_PROTOCOL_ERROR: -107,
  ERR_ADDRESS_INVALID: -108,
  ERR_ADDRESS_UNREACHABLE: -109,
  ERR_CONNECTION_TIMED_OUT: -118,
  ERR_INVALID_URL: -300,
  ERR_UNKNOWN_URL_SCHEME: -302,
  ERR_TOO_MANY_REDIRECTS: -310,
  ERR_UNSAFE_PORT: -312,
  ERR_EMPTY_RESPONSE: -324,
  ERR_CONTENT_LENGTH_MISMATCH: -354,
  ERR_INCOMPLETE_CHUNKED_ENCODING: -355,
  ERR_INVALID_HTTP_RESPONSE: -370,
}

/** Of Node's codes before an answer. */
const names = {
  ECONNREFUSED: 'ERR_CONNECTION_REFUSED',
  ECONNRESET: 'ERR_CONNECTION_RESET',
  ENOTFOUND: 'ERR_NAME_NOT_RESOLVED',
  EAI_AGAIN: 'ERR_NAME_NOT_RESOLVED',
  ETIMEDOUT: 'ERR_CONNECTION_TIMED_OUT',
  EHOSTUNREACH: 'ERR_ADDRESS_UNREACHABLE',
  ENETUNREACH: 'ERR_ADDRESS_UNREACHABLE',
  EADDRNOTAVAIL: 'ERR_ADDRESS_INVALID',
  EPROTO: 'ERR_SSL_PROTOCOL_ERROR',
  ENOENT: 'ERR_FILE_NOT_FOUND',
}

const nameOf = (error) => {
  if (error.message === 'socket hang up') return 'ERR_EMPTY_RESPONSE'
  if (String(error.code).startsWith('HPE_')) return 'ERR_INVALID_HTTP_RESPONSE'
  return names[error.code] ?? 'ERR_FAILED'
}

class NetError extends Error {
  constructor(name, url) {
    super(`${name} (${numbers[name]}) loading '${url}'`)
    Object.assign(this, { code: name, errno: numbers[name] ?? -2, url })
  }
}

exports.NetError = NetError
exports.netError = (error, url) => (error instanceof NetError ? error : new NetError(nameOf(error), url))
exports.isNetError = (name) => name in numbers
