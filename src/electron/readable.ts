/** The report that a user hands to whoever helps: what happened, in which surroundings, what the doctor says. Pure. */
import { renderReport } from '../commands/doctor-render.ts'
import type { DoctorReport } from '../doctor/report.ts'
import { plain } from '../supervisor/sentences.ts'
import type { AppState } from './app-state.ts'

export interface Reported {
  /** `My Jarvis 1.4.0` */
  readonly app: string
  /** `Electron 45.4.1, linux x64` */
  readonly system: string
  /** ISO 8601. */
  readonly at: string
  readonly state: AppState
  /** null: the doctor could not say anything. */
  readonly report: DoctorReport | null
}

const width = 80

export const readable = ({ app, system, at, state, report }: Reported): string =>
  [
    `${app} (${system}), ${at}`,
    `${state.name}: ${state.state}`,
    ...(state.failure === undefined ? [] : failed(state.failure)),
    ...(state.loadError === undefined ? [] : [`The window cannot load it: ${state.loadError}`]),
    ...(report === null ? [] : ['', renderReport(report, { paint: plain, width, verbose: true })]),
    ...lines(state),
    '',
  ].join('\n')

const failed = ({ code, reason, message, hint }: NonNullable<AppState['failure']>): string[] => [
  `${code}${reason === null ? '' : ` (${reason})`}: ${message}`,
  ...(hint === null ? [] : [hint]),
]

/** Of the run that tells most, where one was given up. */
const lines = ({ failure, lines: last = [] }: AppState): string[] => {
  const said = failure !== undefined && failure.tail.length > 0 ? failure.tail : last
  return said.length === 0 ? [] : ['', 'Last lines of output:', ...said.map((line) => `  ${line}`)]
}
