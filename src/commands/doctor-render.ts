/**
 * The report of the doctor for people. Pure. The first line says what is wrong, the last one what to do; what is between
 * shows why. Where all is well, one line says so.
 */
import type { Check, CheckStatus, DoctorReport, Json, VerdictReport } from '../doctor/report.ts'
import type { Paint, Style } from '../supervisor/sentences.ts'
import { printable, type TableOptions } from './table.ts'

export interface ReportOptions extends TableOptions {
  /** All checks, each with its evidence. */
  readonly verbose: boolean
}

/** Longer lines are hard to read, however wide the terminal. */
const widest = 80
const narrowest = 30

export const renderReport = (report: DoctorReport, { paint, width, verbose }: ReportOptions): string => {
  const page: Page = { paint, width: Math.max(narrowest, Math.min(widest, width)), verbose }
  return (report.ok ? healthy(report, page) : trouble(report, page)).join('\n')
}

interface Page {
  readonly paint: Paint
  readonly width: number
  readonly verbose: boolean
}

const marks: Readonly<Record<CheckStatus, readonly [mark: string, style: Style]>> = {
  ok: ['✔', 'green'],
  warn: ['!', 'yellow'],
  fail: ['✖', 'red'],
  skip: ['–', 'dim'],
}

const healthy = (report: DoctorReport, page: Page): string[] => {
  const warnings = report.checks.filter(({ status }) => status === 'warn')
  const line = block(page, { mark: '✔', style: 'green', text: wellWords(report) })
  if (page.verbose) return [...line, '', ...checkLines(report.checks, page)]
  return [
    ...line,
    ...warnings.flatMap((check) => [...block(page, { ...markOf(check), text: check.title }), ...hintLines(check, page, '  ')]),
  ]
}

const wellWords = ({ checks, environment, verdict }: DoctorReport): string => {
  const { url, status, latencyMs } = checks.find(({ id }) => id === 'http')?.evidence ?? {}
  const isOurs = checks.find(({ id }) => id === 'identity')?.evidence.owner === 'ours'
  if (typeof url !== 'string' || typeof latencyMs !== 'number') return verdict.explanation
  const seen = [`${status ?? 'connected'} in ${Math.round(latencyMs)} ms`, ...(isOurs ? ['ours'] : [])].join(', ')
  return environment.service === null ? `${url} answers (${seen}).` : `${environment.service} answers at ${url} (${seen}).`
}

const trouble = ({ verdict, checks }: DoctorReport, page: Page): string[] => [
  ...headline(verdict, page),
  ...block(page, { indent: 2, text: verdict.explanation }),
  ...facts('Seen', verdict.supports, page),
  ...facts('Against it', verdict.contradicts, page),
  ...confidence(verdict, page),
  '',
  ...checkLines(checks, page),
  '',
  ...advice(verdict, checks, page),
]

const headline = ({ code, title }: VerdictReport, page: Page): string[] => {
  const [first = '', ...rest] = block(page, { mark: '✖', text: `${code}: ${title}` })
  return [first, ...rest].map((line) => page.paint('bold', page.paint('red', line)))
}

const facts = (title: string, lines: readonly string[], page: Page): string[] =>
  lines.length === 0
    ? []
    : ['', page.paint('dim', `  ${title}`), ...lines.flatMap((line) => block(page, { indent: 2, mark: '•', style: 'dim', text: line }))]

const sureness: Readonly<Record<VerdictReport['confidence'], string>> = {
  certain: 'Certain: the evidence proves it.',
  likely: 'Likely: the evidence fits, and is no proof.',
  possible: 'Possible: it would explain what was seen, as other causes would.',
}

const confidence = ({ code, confidence: how }: VerdictReport, page: Page): string[] =>
  code === 'UNKNOWN' ? [] : ['', ...block(page, { indent: 2, text: sureness[how] })]

/** The command stands alone and unbroken: it is to be copied. */
const advice = ({ hint, fix, code, again }: VerdictReport, checks: readonly Check[], page: Page): string[] => {
  const isFixable = checks.some((check) => check.code === code && check.fixable)
  const more = isFixable ? `${hint} doctor --fix does it.`.trim() : hint
  return [
    ...block(page, { indent: 2, text: more === '' ? 'See what failed above.' : more }),
    ...(fix === null ? [page.paint('dim', '  When that is done, ask again:')] : []),
    `${page.paint('bold', '→')} ${page.paint('bold', printable(fix?.command ?? again))}`,
  ]
}

/** Wider than any name of a link. */
const idWidth = 19

const checkLines = (checks: readonly Check[], page: Page): string[] => {
  const shown = page.verbose ? checks : checks.filter(({ status, evidence }) => status !== 'skip' || evidence.because !== 'not-asked')
  return groups(shown, page).flatMap((group) => checkBlock(group, page))
}

/** What was skipped one after the other for the same reason stands in one line. */
const groups = (checks: readonly Check[], { verbose }: Page): (readonly Check[])[] => {
  const result: Check[][] = []
  for (const check of checks) {
    const last = result.at(-1)
    const isSame = !verbose && check.status === 'skip' && last?.[0]?.status === 'skip' && last[0].title === check.title
    if (isSame) last?.push(check)
    else result.push([check])
  }
  return result
}

const checkBlock = (group: readonly Check[], page: Page): string[] => {
  const [check] = group
  if (check === undefined) return []
  const { mark, style } = markOf(check)
  const dim = check.status === 'skip'
  if (group.length > 1)
    return block(page, { mark, style, text: `${group.map(({ id }) => id).join(', ')}: ${check.title}`, whole: dim ? 'dim' : undefined })
  // the code says what is behind the colon
  const label = check.id.replace(/:.*$/, '').padEnd(idWidth)
  const code = check.code === null ? '' : ` [${check.code}]`
  const lines = block(page, { mark, style, text: `${check.title}${code}`, label, whole: dim ? 'dim' : undefined })
  if (page.verbose) return [...lines, ...detailLines(check, page), ...hintLines(check, page, ' '.repeat(4))]
  return check.status === 'warn' ? [...lines, ...hintLines(check, page, ' '.repeat(2 + idWidth))] : lines
}

const markOf = ({ status }: Check): { readonly mark: string; readonly style: Style } => {
  const [mark, style] = marks[status]
  return { mark, style }
}

const hintLines = ({ hint }: Check, page: Page, indent: string): string[] =>
  hint === '' ? [] : block(page, { indent: indent.length, mark: '→', style: 'dim', text: hint })

/** Why a check was skipped says its title. */
const detailLines = ({ evidence }: Check, page: Page): string[] =>
  Object.entries(evidence).flatMap(([name, value]) => (name === 'because' ? [] : detail(name, value, 4, page)))

const detail = (name: string, value: Json, indent: number, page: Page): string[] => {
  if (isList(value) && value.length > 1) {
    return [
      ...dimmed(`${name}:`, indent, page),
      ...value.flatMap((each) => block(page, { indent: indent + 2, mark: '•', text: inline(each), whole: 'dim' })),
    ]
  }
  return dimmed(`${name}: ${inline(value)}`, indent, page)
}

const dimmed = (text: string, indent: number, page: Page): string[] => block(page, { indent, text, whole: 'dim', hanging: 2 })

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

const inline = (value: Json): string => {
  if (value === null) return '–'
  if (isList(value)) return value.length === 0 ? 'none' : value.map(inline).join(', ')
  if (typeof value !== 'object') return String(value)
  const parts = Object.entries(value).map(([name, each]) => `${name}: ${isPlain(each) ? inline(each) : `(${inline(each)})`}`)
  return parts.length === 0 ? 'none' : parts.join('; ')
}

const isPlain = (value: Json): boolean => typeof value !== 'object' || value === null || isList(value)

interface Block {
  readonly text: string
  readonly indent?: number
  /** One character before the first line; the others stand below the text. */
  readonly mark?: string
  readonly style?: Style
  /** Between the mark and the text, dim. */
  readonly label?: string
  /** How far further lines are set in, where there is no mark. */
  readonly hanging?: number
  /** Paints all of it. */
  readonly whole?: Style | undefined
}

/** Lines as wide as the page; what cannot be broken is longer. */
const block = ({ paint, width }: Page, { text, indent = 0, mark, style, label = '', hanging = 0, whole }: Block): string[] => {
  const before = ' '.repeat(indent)
  const isCramped = label !== '' && width < 50
  const left = indent + (mark === undefined ? 0 : 2) + (isCramped ? 0 : label.length)
  const lines = wrapped(`${isCramped ? `${label.trim()} ` : ''}${printable(text)}`, width - left, width - left - hanging)
  const own = (line: string): string => (whole === undefined ? line : paint(whole, line))
  const head = mark === undefined ? '' : `${style === undefined ? own(mark) : paint(style, mark)} `
  const name = label === '' || isCramped ? '' : paint('dim', label)
  return lines.map((line, at) => (at === 0 ? before + head + name + own(line) : ' '.repeat(left + hanging) + own(line)))
}

const wrapped = (text: string, first: number, others: number): string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const room = lines.length === 0 ? first : others
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}
