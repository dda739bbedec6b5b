/**
 * Decides what a service and a run are called across processes. Pure but for chance.
 *
 * None of this is a secret or a proof: the hash keeps two checkouts apart, the certificate names a process. So a small
 * hash and `Math.random` do, and `node:crypto` (3 ms to load) stays off the way to a start.
 */

/** 53 bits of a text as 11 base-36 digits (cyrb53: two rounds of multiply and xor-shift). */
export const shortHash = (text: string): string => {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36).padStart(11, '0')
}

/** A name that can be part of a file's name; one that had to be changed or cut keeps its hash, so that no two become one. */
const fileName = (name: string): string => {
  const plain = name.replace(/[^\w.-]+/g, '-').slice(0, 40)
  return plain === name ? name : `${plain}-${shortHash(name)}`
}

/** A service's key: its name, and which checkout it is of. */
export const serviceKey = (name: string, projectRoot: string): string => `${fileName(name)}-${shortHash(projectRoot)}`

/** What names the runs of one service in one state folder. */
export const instancePrefix = (stateDir: string, key: string): string => shortHash(`${stateDir}\n${key}`)

/** A certificate of birth: whose child, and which one. */
export const newInstanceId = (prefix: string, random: () => number): string => {
  const digit = (): string => Math.floor(random() * 16).toString(16)
  const digits = (count: number): string => Array.from({ length: count }, digit).join('')
  const variant = '89ab'[Math.floor(random() * 4)]
  return `${prefix}.${digits(8)}-${digits(4)}-4${digits(3)}-${variant}${digits(3)}-${digits(12)}`
}
