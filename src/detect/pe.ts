/** Decides for which machine a Windows executable was built. Pure. */

export interface Pe {
  readonly format: 'pe'
  readonly arch: string
}

const machines: Readonly<Record<number, string>> = { 332: 'ia32', 34404: 'x64', 43620: 'arm64' }

export const readPe = (head: Buffer): Pe | undefined => {
  if (head.length < 64 || head.toString('latin1', 0, 2) !== 'MZ') return undefined
  const at = head.readUInt32LE(0x3c)
  // A text that begins with MZ is no executable; one for DOS is none either.
  if (at + 6 > head.length || head.toString('latin1', at, at + 4) !== 'PE\0\0') return undefined
  const machine = head.readUInt16LE(at + 4)
  return { format: 'pe', arch: machines[machine] ?? `machine ${machine}` }
}
