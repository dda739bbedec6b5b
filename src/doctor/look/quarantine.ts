import { readdir, stat } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import type { Tools } from '../../process/tool.ts'
import type { MachineFacts } from '../evidence.ts'
import { headInTime } from './proc-files.ts'

const namesIn = promisify(readdir)
const statusOf = promisify(stat)

/** By its path: PATH may be bare, or lead elsewhere. */
const xattr = '/usr/bin/xattr'
/** A report is written within seconds; older ones are of other starts. */
const recentMs = 10 * 60 * 1000
const mostReports = 5
const reportLimit = 64 * 1024

export interface QuarantineQuestion {
  /** The file that was started. */
  readonly file: string
  readonly home: string
  readonly tools: Tools
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What macOS holds against a file that came from elsewhere. */
export const quarantineOf = async ({ file, home, tools, now }: QuarantineQuestion): Promise<NonNullable<MachineFacts['quarantine']>> => {
  const [said, codesigningReport] = await Promise.all([
    tools.run(xattr, ['-p', 'com.apple.quarantine', file]),
    hasReport(join(home, 'Library/Logs/DiagnosticReports'), basename(file), now),
  ])
  return {
    // it says 1 where there is no such attribute
    quarantined: said?.code === 0 && said.text.trim() !== '',
    translocated: file.includes('/AppTranslocation/'),
    codesigningReport,
  }
}

/** `node-2026-11-20-094100.ips`: whether one of late says that the file was ended for its signature. */
const hasReport = async (folder: string, name: string, now: number): Promise<boolean> => {
  const reports = (await namesIn(folder).catch(() => [])).filter((report) => report.startsWith(`${name}-`) || report.startsWith(`${name}_`))
  // the names end with the time
  for (const report of reports.sort().slice(-mostReports)) {
    const path = join(folder, report)
    const written = await statusOf(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    )
    if (now - written > recentMs) continue
    if ((await headInTime(path, reportLimit))?.includes('CODESIGNING')) return true
  }
  return false
}
