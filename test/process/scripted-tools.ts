import type { Said, Tools } from '../../src/process/tool.ts'

export interface ScriptedTools extends Tools {
  /** What was run, oldest first: the tool and its arguments, parted by spaces. */
  readonly asked: string[]
}

/** Tools that answer as it is written; a text is all that was said, undefined is no answer. */
export const scriptedTools = (answer: (asked: string) => string | Said | undefined): ScriptedTools => {
  const asked: string[] = []
  const say = (command: string, args: readonly string[]): Said | undefined => {
    const question = [command, ...args].join(' ')
    asked.push(question)
    const said = answer(question)
    return typeof said === 'string' ? { code: 0, text: said, complaint: '' } : said
  }
  return { asked, run: async (command, args) => say(command, args), runNow: say }
}
