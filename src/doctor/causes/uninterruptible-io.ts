/** It waits in the kernel for a disk or a network drive, and cannot even be killed. Pure. */
import type { Cause, Finding } from '../cause.ts'
import type { Evidence, ProcessEvidence } from '../evidence.ts'
import { everListened, isAlive, patientRun, place, whoIs } from '../signs/reading.ts'
import { hang } from '../signs/silence.ts'

export const uninterruptibleIo: Cause = {
  code: 'UNINTERRUPTIBLE_IO',
  title: 'The backend waits for a disk or a network drive',
  find: (evidence) => {
    const found = hang(evidence)
    if (found === undefined) return waitingBefore(evidence)
    const { request, silence } = found
    const server = found.process
    if (silence !== 'uninterruptible' || server === null) return undefined
    return finding(server, evidence, `${place(request)} does not answer`, [`GET ${request.path}: ${request.outcome}.`])
  },
}

/** A short wait is nothing: each look must show it, and there must be two. */
const waitingBefore = (evidence: Evidence): Finding | undefined => {
  const run = patientRun(evidence)
  if (run === undefined || !isAlive(run) || everListened(run) || run.looks.length < 2) return undefined
  const roots = run.looks.map(({ processes }) => processes[0])
  const last = roots.at(-1)
  if (last === undefined || !roots.every((root) => root?.state === 'D' && root.pid === last.pid)) return undefined
  return finding(last, evidence, 'it has not listened yet', ['Nothing of it listens.'])
}

const drives: readonly { readonly wchan: RegExp; readonly name: string }[] = [
  { wchan: /nfs|rpc_/, name: 'a network drive (NFS)' },
  { wchan: /fuse/, name: 'a FUSE mount (sshfs, an AppImage)' },
  { wchan: /cifs|smb/i, name: 'a network drive (SMB)' },
]

const finding = (server: ProcessEvidence, { machine }: Evidence, consequence: string, supports: readonly string[]): Finding => {
  const drive = drives.find(({ wchan }) => wchan.test(server.wchan))?.name
  return {
    confidence: 'likely',
    explanation: `${whoIs(server)} waits in the kernel${server.wchan === '' ? '' : `, in ${server.wchan}`}, for ${drive ?? 'a disk or a network drive'}, and ${consequence}.`,
    hint: `Bring ${drive ?? 'the drive that it uses'} back, or unmount it by force (umount -f, umount -l); a restart does not help, no signal ends pid ${server.pid} before that.${machine.platform === 'linux' ? ` Which it is: ls -l /proc/${server.pid}/fd /proc/${server.pid}/cwd` : ''}`,
    supports: [`Pid ${server.pid} is in state D${server.wchan === '' ? '' : `, in ${server.wchan}`}.`, ...supports],
  }
}
