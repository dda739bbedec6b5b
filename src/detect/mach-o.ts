/** Decides for which machines a Mach-O file (macOS), thin or fat, was built. Pure. */

export interface MachO {
  readonly format: 'mach-o'
  readonly archs: readonly string[]
}

const cpus: Readonly<Record<number, string>> = { 7: 'ia32', 12: 'arm', 16777223: 'x64', 16777228: 'arm64' }

const nameOf = (cpu: number): string => cpus[cpu] ?? `cpu ${cpu}`

/** Sizes of an entry in the table of a fat file, by magic. */
const fatEntry: Readonly<Record<number, number>> = { 3405691582: 20, 3405691583: 32 }

/** A Java class begins like a fat file, with its version (45 and above) where the count stands. */
const mostSlices = 30

const readFat = (head: Buffer, entry: number): MachO | undefined => {
  const count = head.readUInt32BE(4)
  if (count === 0 || count > mostSlices) return undefined
  const archs: string[] = []
  for (let index = 0; index < count && 8 + index * entry + 4 <= head.length; index++)
    archs.push(nameOf(head.readUInt32BE(8 + index * entry)))
  return { format: 'mach-o', archs }
}

export const readMachO = (head: Buffer): MachO | undefined => {
  if (head.length < 8) return undefined
  const entry = fatEntry[head.readUInt32BE(0)]
  if (entry !== undefined) return readFat(head, entry)
  const magic = head.readUInt32LE(0)
  return magic === 0xfeedface || magic === 0xfeedfacf ? { format: 'mach-o', archs: [nameOf(head.readUInt32LE(4))] } : undefined
}
