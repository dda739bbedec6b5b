/** Arguments and environment are longer than the system allows. Pure. */
import { cures } from '../../causes/cures.ts'
import { toldCause } from '../signs/told-cause.ts'

export const argumentsTooLong = toldCause({
  code: 'ARGUMENTS_TOO_LONG',
  title: 'The arguments are too long for the system',
  remedy: (_told, { machine }) => {
    const limit =
      machine.platform === 'win32'
        ? '32 767 characters for a command line, 8 191 through cmd.exe'
        : '128 KiB for one argument or variable on Linux'
    return { hint: `${cures.ARGUMENTS_TOO_LONG} The limit is ${limit}.` }
  },
})
