import { darwinTools } from '../process/darwin.ts'
import type { ProcessTable } from '../process/table.ts'
import type { Said, Tools } from '../process/tool.ts'
import { portOwnersByLook } from './by-look.ts'
import { lsofFields, parseLsof, parseLsofUnix } from './lsof.ts'
import type { PortOwners } from './owners.ts'

/** By their paths: PATH may be bare, or lead elsewhere. */
const lsof = '/usr/sbin/lsof'
const ps = '/bin/ps'

/** Listeners as lsof(8) of macOS tells them: but for root, only those of this user's processes. */
export const darwinPortOwners = (table: ProcessTable, tools: Tools = darwinTools(), uid = process.geteuid?.() ?? -1): PortOwners =>
  portOwnersByLook(
    {
      see: async () => {
        const said = await tools.run(lsof, ['-nP', '-w', '-iTCP', '-sTCP:LISTEN', `-F${lsofFields}`])
        return isAnswer(said) ? parseLsof(said.text) : undefined
      },
      // never run on a Mac: written after its manual and its sources
      seeUnix: async () => {
        const said = await tools.run(lsof, ['-nP', '-w', '-U', `-F${lsofFields}`])
        return isAnswer(said) ? parseLsofUnix(said.text) : undefined
      },
      shows: async (pids) => {
        if (uid === 0 || pids.length === 0) return true
        const said = await tools.run(ps, ['-o', 'uid=,ruid=', '-p', pids.join(',')])
        // who is gone is not in it, and hides nothing
        return isAnswer(said) && (said.text.match(/\d+/g) ?? []).every((id) => Number(id) === uid)
      },
    },
    table,
  )

/** Both say 1 where they have found nothing, too; but then they do not complain. */
const isAnswer = (said: Said | undefined): said is Said =>
  said !== undefined && (said.code === 0 || (said.code === 1 && said.complaint === ''))
