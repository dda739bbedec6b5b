/** Which Node or Electron a NODE_MODULE_VERSION belongs to: data. Pure. */
import { electronMajors } from './electron-majors.ts'

/** Released majors only; a version between two of them is of a pre-release. */
const nodes: Readonly<Record<number, number>> = {
  72: 12,
  83: 14,
  93: 16,
  102: 17,
  108: 18,
  111: 19,
  115: 20,
  120: 21,
  127: 22,
  131: 23,
  137: 24,
  141: 25,
}

/** Of Electron's majors before those whose Node is listed, and after them. */
const otherElectrons: Readonly<Record<number, number>> = { 110: 22, 113: 23, 114: 24, 116: 25, 117: 26, 118: 27, 149: 44 }

const electrons: Readonly<Record<number, number>> = {
  ...otherElectrons,
  ...Object.fromEntries(Object.entries(electronMajors).map(([major, { abi }]) => [abi, Number(major)])),
}

export interface Runtime {
  readonly name: 'Node' | 'Electron'
  readonly major: number
}

export const runtimeOf = (abi: number): Runtime | undefined => {
  const node = nodes[abi]
  const electron = electrons[abi]
  if (node !== undefined) return { name: 'Node', major: node }
  return electron === undefined ? undefined : { name: 'Electron', major: electron }
}

/** `Node 22 (NODE_MODULE_VERSION 127)` */
export const runtimeWords = (abi: number): string => {
  const runtime = runtimeOf(abi)
  return `${runtime === undefined ? 'an unknown version' : `${runtime.name} ${runtime.major}`} (NODE_MODULE_VERSION ${abi})`
}
