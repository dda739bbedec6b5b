/** Names of variables that a line of output speaks of. Pure. */

const names = /\$([A-Z][A-Z0-9_]*)\b|^KeyError: '([A-Z][A-Z0-9_]+)'|\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b/g

export const variablesIn = (line: string | null): string[] => {
  const found = [...(line ?? '').matchAll(names)].flatMap((match) => match.slice(1).filter((name) => name !== undefined))
  return [...new Set(found)].filter((name) => !name.startsWith('ERR_'))
}
