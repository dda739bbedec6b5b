'use strict'
/** What `utilityProcess.fork` takes and refuses. */
const ways = ['inherit', 'pipe', 'ignore']

const check = (isRight, message, Kind = Error) => {
  if (!isRight) throw new Kind(message)
}

const streams = (stdio = ['ignore', 'inherit', 'inherit']) => {
  if (typeof stdio === 'string') {
    check(ways.includes(stdio), 'stdio must be of the following values: inherit, pipe, ignore')
    return ['ignore', stdio, stdio]
  }
  check(Array.isArray(stdio) && stdio.length >= 3, 'configuration missing for stdin, stdout or stderr.')
  check(stdio[0] === 'ignore', 'stdin value other than ignore is not supported.')
  check(ways.includes(stdio[1]), 'stdout configuration must be of the following values: inherit, pipe, ignore')
  check(ways.includes(stdio[2]), 'stderr configuration must be of the following values: inherit, pipe, ignore')
  return stdio.slice(0, 3)
}

/** The few flags of Node that count outside of a plain Node. Others are passed on, and nobody reads them. */
const known =
  /^--(inspect(-brk|-port|-publish-uid)?|dns-result-order|diagnostic-dir|trace-warnings|trace-deprecation|no-deprecation|no-warnings|throw-deprecation|experimental-network-inspection)(=|$)/

const isText = (value) => typeof value === 'string'

exports.checked = (modulePath, args, options) => {
  check(modulePath, 'Missing UtilityProcess entry script.')
  const isShort = args !== null && typeof args === 'object' && !Array.isArray(args)
  const { execArgv = [], env, cwd, stdio, serviceName } = (isShort ? args : options) ?? {}
  const list = isShort || args === undefined || args === null ? [] : args
  check(Array.isArray(execArgv), 'execArgv must be an array of strings.')
  check(serviceName === undefined || isText(serviceName), 'serviceName must be a string.')
  check(cwd === undefined || cwd === null || isText(cwd), 'cwd path must be a string.')
  check(Array.isArray(list) && list.every(isText), 'Invalid value for args', TypeError)
  check(env === undefined || Object.values(env).every(isText), 'Invalid value for env', TypeError)
  return {
    args: list,
    execArgv: execArgv.filter((flag) => known.test(flag)),
    env,
    cwd: cwd ?? undefined,
    stdio: streams(stdio),
    serviceName: serviceName ?? 'Node Utility Process',
  }
}
