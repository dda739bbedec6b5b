import type { ProcessTable } from '../process/table.ts'
import type { Tools } from '../process/tool.ts'
import { systemPath, windowsTools } from '../process/windows.ts'
import { portOwnersByLook } from './by-look.ts'
import { parseNetstat } from './netstat.ts'
import type { PortOwners } from './owners.ts'

/** Listeners as netstat of Windows tells them: everybody's, to everybody. */
export const windowsPortOwners = (table: ProcessTable, env: NodeJS.ProcessEnv, tools: Tools = windowsTools(env)): PortOwners => {
  const netstat = systemPath(env, 'netstat.exe')
  const see = async () => {
    const said = await Promise.all(['TCP', 'TCPv6'].map((protocol) => tools.run(netstat, ['-ano', '-p', protocol])))
    if (said.some((answer) => answer?.code !== 0)) return undefined
    const listeners = said.flatMap((answer) => parseNetstat(answer?.text ?? ''))
    // Windows itself always listens somewhere: without a single listener this was not understood
    return listeners.length === 0 ? undefined : listeners
  }
  // whose a named pipe is, no tool of the system tells
  return portOwnersByLook({ see, seeUnix: null, shows: async () => true }, table)
}
