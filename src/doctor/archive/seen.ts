/** What was seen of a packaged app, as data: all that its rules ask. Pure: types only. */
import type { Content } from '../../detect/content.ts'
import type { Fuses } from '../../detect/fuses.ts'
import type { IndexFault } from './asar-index.ts'
import type { ModuleFormat } from './module-format.ts'
import type { Abi, NativeRole } from './native.ts'
import type { Target } from './variants.ts'

/** `packed`: in the archive. `unpacked`: beside it, or in an app that has none. `extra`: elsewhere in the resources. `main`: Electron itself. */
export type Place = 'packed' | 'unpacked' | 'extra' | 'main'

export interface SeenArchive {
  readonly dir: string
  /** What the app is told to be for, else what its main executable was built for; null: not known. */
  readonly target: Target | null
  readonly platform: NodeJS.Platform | null
  /** As shown: `resources/app.asar`, or the folder that takes its place. */
  readonly app: string
  /** Why nothing of the archive can be read, in a sentence; null: it can. */
  readonly unreadable: string | null
  readonly faults: readonly IndexFault[]
  /** Whether all of its index was read: what was not seen is absent only then. */
  readonly whole: boolean
  readonly electron: { readonly version: string | null; readonly node: string | null; readonly abi: number | null }
  readonly fuses: Fuses | null
  readonly manifest: SeenManifest | null
  /** Native files, scripts that start another program than Node, and npm's placeholders. */
  readonly files: readonly SeenFile[]
  readonly entry: SeenEntry | null
}

/** package.json of the app. */
export interface SeenManifest {
  /** null: it is there, and cannot be read. */
  readonly main: string | null
  readonly mainFound: boolean
  readonly dependencies: readonly { readonly name: string; readonly installed: boolean }[]
  /** What the main script needs at once and is not there. */
  readonly missingImports: readonly string[]
}

export interface SeenFile {
  /** As shown. */
  readonly path: string
  /** From the root of the app; of what is `extra`, from the resources. With slashes. */
  readonly inner: string
  readonly place: Place
  /** The executable bit; null: the file has none. */
  readonly executable: boolean | null
  readonly content: Content
  /** null: not native. */
  readonly role: NativeRole | null
  /** Of modules. */
  readonly abi: Abi | null
}

export interface SeenEntry {
  /** As it was named, or as shown. */
  readonly name: string
  /** Whoever asked has named it; else it was guessed. */
  readonly named: boolean
  /** null: nowhere. */
  readonly found: FoundEntry | null
}

export interface FoundEntry {
  /** As shown. */
  readonly path: string
  readonly inner: string
  readonly place: 'packed' | 'unpacked' | 'extra'
  readonly format: ModuleFormat | null
  readonly type: 'module' | 'commonjs' | 'none'
  /** What it needs at once: found on the way up from it, only in the archive, or nowhere. */
  readonly imports: readonly { readonly name: string; readonly found: 'beside' | 'packed' | 'nowhere' }[]
}
