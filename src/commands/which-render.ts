/** The answer of `which` for people. Pure. */
import type { Found } from '../detect/found.ts'
import type { Paint } from '../supervisor/sentences.ts'

const hints = {
  node: 'Install Node, or name it: --node-path PATH.',
  claude: 'Install it (npm install -g @anthropic-ai/claude-code), or name it: --claude-path PATH.',
}

export const renderFound = (thing: keyof typeof hints, found: Found, paint: Paint): string => {
  const lines: string[] = []
  if (found.path === null) {
    lines.push(`${paint('red', '✖')} ${paint('bold', thing)} not found`)
    lines.push(`  ${hints[thing]}`)
  } else {
    lines.push(`${paint('green', '✔')} ${paint('bold', thing)} ${found.version ?? ''}`.trimEnd())
    lines.push(`  ${found.path}${found.realPath === found.path ? '' : paint('dim', ` → ${found.realPath}`)}`)
    lines.push(paint('dim', `  ${found.kind}, from ${found.source}; started as: ${found.run.join(' ')}`))
  }
  for (const { path, source, usable, reason } of found.candidates) {
    if (path === found.path && usable === true) continue
    const mark = usable === null ? '–' : usable ? '+' : '✖'
    lines.push(paint('dim', `  ${mark} ${path} (${source}): ${reason}`))
  }
  return lines.join('\n')
}
