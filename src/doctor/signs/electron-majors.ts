/** Which Node an Electron brings, and which native modules it loads. Pure: data. */

export interface ElectronMajor {
  /** Of its first stable release; later ones bring the same or a newer one. */
  readonly node: string
  /** `NODE_MODULE_VERSION`. */
  readonly abi: number
}

export const electronMajors: Readonly<Record<number, ElectronMajor>> = {
  28: { node: '18.18.2', abi: 119 },
  29: { node: '20.9.0', abi: 121 },
  30: { node: '20.11.1', abi: 123 },
  31: { node: '20.14.0', abi: 125 },
  32: { node: '20.16.0', abi: 128 },
  33: { node: '20.18.0', abi: 130 },
  34: { node: '20.18.1', abi: 132 },
  35: { node: '22.14.0', abi: 133 },
  36: { node: '22.14.0', abi: 135 },
  37: { node: '22.16.0', abi: 136 },
  38: { node: '22.18.0', abi: 139 },
  39: { node: '22.20.0', abi: 140 },
  40: { node: '24.11.1', abi: 143 },
  41: { node: '24.14.0', abi: 145 },
  42: { node: '24.15.0', abi: 146 },
  43: { node: '24.17.0', abi: 148 },
}

/** null for one that is not known, and for what is no stable release: the numbers of those were not settled. */
export const electronMajor = (version: string | null): ElectronMajor | null => {
  const major = /^(\d{1,3})\.\d+\.\d+$/.exec(version ?? '')?.[1]
  return major === undefined ? null : (electronMajors[Number(major)] ?? null)
}
