/** A virus scanner has taken a file away between its search and its start. Windows. Pure. */
import { fileOf } from '../signs/not-started.ts'
import { folderOf } from '../signs/paths.ts'
import { toldCause } from '../signs/told-cause.ts'

export const fileQuarantined = toldCause({
  code: 'FILE_QUARANTINED',
  title: 'A virus scanner has taken the file away',
  remedy: ({ run }) => {
    const file = fileOf(run)
    const folder = file === undefined ? "the app's folder" : folderOf(file)
    return {
      hint: `Restore ${file ?? 'the file'} from the protection history of Windows Security, exclude ${folder}, and sign what the app ships.`,
    }
  },
})
