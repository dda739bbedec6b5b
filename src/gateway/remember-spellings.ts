/** Decides once of each name. Pure: of the same name the same is decided, remembered or not. */

/** Both sides spell a header the same way every time; but nobody is to fill the memory with spellings. */
const mostSpellings = 500

/** What was decided of a name before is not decided again. */
export const rememberSpellings = <T extends string>(decide: (name: string) => T): ((name: string) => T) => {
  const decided = new Map<string, T>()
  return (name) => {
    const before = decided.get(name)
    if (before !== undefined) return before
    const now = decide(name)
    if (decided.size < mostSpellings) decided.set(name, now)
    return now
  }
}
