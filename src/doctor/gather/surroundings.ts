/** What surrounds a trial: what a start would make of it or, raw, what there is; and what is told of that. */
import { readEnvFile } from '../../config/env-file.ts'
import type { ServiceOptions } from '../../config/options.ts'
import type { ServiceSpec } from '../../config/service.ts'
import type { LaunchSpec } from '../../launch/launcher.ts'
import { redactShown } from '../../logs/redact.ts'
import { certificate } from '../../process/group.ts'
import type { SurroundingsDifference, SurroundingsFacts } from '../evidence.ts'

/** Surroundings as they are, in which nothing is set right and nothing provided. */
export interface RawSurroundings {
  readonly system: NodeJS.Platform
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly stdin: 'pipe' | 'null'
  readonly repaired: SurroundingsDifference | null
}

export interface Surrounded {
  readonly options: ServiceOptions
  readonly spec: ServiceSpec
  /** null: as a start would have them. */
  readonly raw: RawSurroundings | null
}

/** What the backend is given in any case; the rest of the surroundings is as raw as they are. */
const handedOver = ['PORT', 'HOST', 'JARVIS_SOCKET', certificate, 'JARVIS_DIE_WITH_PARENT', 'ELECTRON_RUN_AS_NODE']

/** A launch that was prepared as for a start, as this trial makes it. */
export const surrounded = (prepared: LaunchSpec, { options, spec: service, raw }: Surrounded): LaunchSpec => {
  if (raw === null) return prepared
  const given = Object.fromEntries(handedOver.map((name) => [name, prepared.env[name]]))
  const own = { ...readEnvFile(service.envFile), ...service.env }
  const env = present({ ...raw.env, ...present(given), ...own })
  return { ...prepared, env, cwd: options.cwd === undefined ? raw.cwd : prepared.cwd }
}

const present = (variables: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined))

const shownVariables = [
  'NODE_OPTIONS',
  'ELECTRON_RUN_AS_NODE',
  'PORT',
  'HOST',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
]

/** @param launched undefined: it never came to that. */
export const surroundingsFacts = (launched: LaunchSpec | undefined, { spec, raw }: Surrounded): SurroundingsFacts => {
  const env: Readonly<Record<string, string | undefined>> = launched?.env ?? raw?.env ?? process.env
  return {
    label: raw === null ? 'own' : 'packaged',
    system: raw?.system ?? process.platform,
    repaired: raw?.repaired ?? null,
    cwd: launched?.cwd ?? raw?.cwd ?? spec.cwd,
    path: (env.PATH ?? env.Path ?? '').split(process.platform === 'win32' ? ';' : ':').filter((entry) => entry !== ''),
    home: env.HOME ?? env.USERPROFILE ?? null,
    stdin: raw?.stdin ?? 'pipe',
    missing: raw === null ? [] : Object.keys(process.env).filter((name) => !Object.hasOwn(env, name)),
    values: Object.fromEntries(shownVariables.flatMap((name) => (env[name] === undefined ? [] : [[name, redactShown(env[name])]]))),
  }
}
