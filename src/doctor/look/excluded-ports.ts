/**
 * Reads what `netsh int ipv4 show excludedportrange protocol=tcp` of Windows prints. Pure. The words around the numbers are
 * those of the user's language; a row is a first and a last port, and a star where an administrator has set it.
 */
export const parseExcludedPorts = (text: string): [first: number, last: number][] =>
  text.split(/\r?\n/).flatMap((line): [number, number][] => {
    const [, first, last] = /^\s*(\d{1,5})\s+(\d{1,5})\s*\*?\s*$/.exec(line) ?? []
    const range: [number, number] = [Number(first), Number(last)]
    return first !== undefined && range[0] <= range[1] && range[1] <= 65_535 ? [range] : []
  })
