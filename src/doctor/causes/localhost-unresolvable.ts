import type { Cause, Finding } from '../cause.ts'
import type { Evidence } from '../evidence.ts'
import { again } from '../signs/again.ts'
import { bindError } from '../signs/bind-error.ts'
import { isLoopback, target } from '../signs/listeners.ts'

export const localhostUnresolvable: Cause = {
  code: 'LOCALHOST_UNRESOLVABLE',
  title: 'localhost does not mean this machine',
  find: (evidence) => {
    const error = bindError(evidence, 'LOCALHOST_UNRESOLVABLE')
    const seen = meaning(evidence)
    if (error !== undefined)
      return finding(evidence, error.told, error.confidence, [...error.supports, ...(seen === undefined ? [] : [seen])])
    return seen === undefined || target(evidence)?.host !== 'localhost' ? undefined : finding(evidence, seen, 'certain', [seen])
  },
}

/** What is wrong about the name; undefined: nothing, or it was not asked. */
const meaning = ({ machine: { localhost } }: Evidence): string | undefined => {
  if (localhost === null || localhost.some(isLoopback)) return undefined
  return localhost.length === 0
    ? 'The name localhost has no address here.'
    : `The name localhost means ${localhost.join(', ')} here, which is no loopback address.`
}

const finding = (evidence: Evidence, explanation: string, confidence: Finding['confidence'], supports: readonly string[]): Finding => ({
  confidence,
  explanation,
  hint: `Use 127.0.0.1 on both sides, or restore the line \`127.0.0.1 localhost\` in ${evidence.machine.platform === 'win32' ? String.raw`C:\Windows\System32\drivers\etc\hosts` : '/etc/hosts'}.`,
  fix: again(evidence, '--host 127.0.0.1'),
  supports,
})
