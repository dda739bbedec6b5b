import type { OptionTable } from './arguments.ts'

export const whichTable: OptionTable = {
  all: { help: 'look at every candidate, not only until the first healthy one' },
}
