/** The backend, or the service's own demand, does not find the Claude CLI. Pure. */
import { cures } from '../../causes/cures.ts'
import { folderOf } from '../signs/paths.ts'
import { byItself, toldCause } from '../signs/told-cause.ts'

const install = 'npm install -g @anthropic-ai/claude-code'

export const claudeNotFound = toldCause({
  code: 'CLAUDE_NOT_FOUND',
  title: 'The Claude CLI is not found',
  remedy: (told, { executables }) => {
    const claude = told.run.notStarted?.facts?.elsewhere ?? executables.claude?.path
    const start = byItself(told, 'puts its folder on PATH and passes CLAUDE_CLI_PATH')
    if (claude == null)
      return { hint: `${cures.CLAUDE_NOT_FOUND} \`jarvis-supervise which claude --all\` shows where it was looked for.`, fix: install }
    return {
      hint: `Hand its whole path, ${claude}, to the backend (an argument {claudePath}, CLAUDE_CLI_PATH, pathToClaudeCodeExecutable), or put ${folderOf(claude)} on the PATH that it gets.${start}`,
      supports: [`A Claude lies at ${claude}.`],
    }
  },
})
