/** Reads how many descriptors a process may have out of the text of /proc/PID/limits: the soft limit. Pure. null: not known. */
export const openFilesLimit = (limits: string): number | null => {
  const limit = /^Max open files +(\d+)/m.exec(limits)?.[1]
  return limit === undefined ? null : Number(limit)
}
