/** The shape of a config of several services. Pure; each service has its own check. */
import { type GatewayOptions, gatewayContradictions, gatewayShape } from './gateway.ts'
import type { Config, ServiceOptions } from './options.ts'
import * as shape from './shape.ts'
import { isRecord, type Problem } from './shape.ts'

export interface SeveralServices {
  readonly services: Record<string, ServiceOptions>
  readonly stateDir?: string
  readonly gateway?: GatewayOptions
}

const several = shape.object({ services: shape.record(shape.anything), stateDir: shape.filled, gateway: gatewayShape }, ['services'])

export const isSeveral = (config: Config): config is SeveralServices => isRecord(config) && 'services' in config

export const severalProblems = (config: SeveralServices): Problem[] => {
  const problems: Problem[] = []
  several(config, '', problems)
  if (problems.length === 0 && Object.keys(config.services).length === 0)
    problems.push({ path: 'services', message: '`services` is empty: there is nothing to run' })
  if (problems.length === 0) problems.push(...gatewayContradictions(config.gateway, 'gateway'), ...behindProblems(config))
  return problems
}

/** Which of the services is behind the door must be known. */
const behindProblems = ({ services, gateway }: SeveralServices): Problem[] => {
  if (gateway === undefined) return []
  const keys = Object.keys(services)
  const { service } = gateway
  if (service !== undefined && !keys.includes(service))
    return [{ path: 'gateway.service', message: `\`gateway.service\` ('${service}') is none of the services: ${keys.join(', ')}` }]
  if (service === undefined && keys.length > 1)
    return [{ path: 'gateway.service', message: `\`gateway.service\` is missing: which of ${keys.join(', ')} is behind it?` }]
  const behind = service ?? keys[0] ?? ''
  const own: unknown = services[behind]
  const path = `services.${behind}.gateway`
  return isRecord(own) && own.gateway !== undefined
    ? [{ path, message: `\`gateway\` and \`${path}\` exclude each other: it is one door` }]
    : []
}
