/** The shape of a config of several services. Pure; each service has its own check. */
import type { Config, ServiceOptions } from './options.ts'
import * as shape from './shape.ts'
import { isRecord, type Problem } from './shape.ts'

export interface SeveralServices {
  readonly services: Record<string, ServiceOptions>
  readonly stateDir?: string
}

const several = shape.object({ services: shape.record(shape.anything), stateDir: shape.filled, gateway: shape.notYet }, ['services'])

export const isSeveral = (config: Config): config is SeveralServices => isRecord(config) && 'services' in config

export const severalProblems = (config: SeveralServices): Problem[] => {
  const problems: Problem[] = []
  several(config, '', problems)
  if (problems.length === 0 && Object.keys(config.services).length === 0)
    problems.push({ path: 'services', message: '`services` is empty: there is nothing to run' })
  return problems
}
