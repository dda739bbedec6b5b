import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

/** Files, and whole folders with a slash at the end, that make up a part of the product. A file belongs to the first that names it. */
const parts = {
  words: ['errors.ts', 'clock.ts', 'version.ts', 'config/'],
  composition: [
    'supervisor/compose.ts',
    'supervisor/prepare.ts',
    'supervisor/choose-address.ts',
    'supervisor/find-executables.ts',
    'supervisor/probes.ts',
    'supervisor/left-behind.ts',
  ],
  supervisor: ['supervisor/'],
  causes: ['causes/'],
  detect: ['detect/'],
  launch: ['launch/'],
  process: ['process/'],
  ports: ['ports/'],
  health: ['health/'],
  logs: ['logs/'],
  record: ['record/'],
  control: ['control/'],
  diagnosis: [
    'doctor/signs/',
    'doctor/causes/',
    'doctor/links/',
    ...[
      'catalogue',
      'cause',
      'check-of',
      'checks',
      'conceal',
      'evidence',
      'evidence-shape',
      'faults',
      'judge',
      'known-secrets',
      'packaged',
      'report',
    ].map((name) => `doctor/${name}.ts` as const),
  ],
  look: ['doctor/look/'],
  archive: ['doctor/archive/'],
  doctor: ['doctor/'],
  gateway: ['gateway/'],
  electron: ['electron/'],
  commands: ['commands/'],
  surface: ['bin.cjs', 'cli.ts', 'index.ts', 'detect.ts', 'doctor.ts', 'electron.ts', 'gateway.ts'],
} as const satisfies Record<string, readonly string[]>
type Part = keyof typeof parts

/** `types`: what is imported is gone when the program runs. */
type Kind = 'code' | 'types'
type Rule = readonly [from: Part, kind: Kind, to: string]

/** What a part may import of another: the whole of it, or only one file. What a part imports of itself is its own affair. Code may bring its types. */
const rules: readonly Rule[] = [
  ['words', 'types', 'causes/codes.ts'],
  ['words', 'types', 'health/probe.ts'],
  ['words', 'types', 'supervisor/policy.ts'],

  ['process', 'code', 'words'],

  ['ports', 'code', 'words'],
  ['ports', 'code', 'process'],

  ['detect', 'code', 'words'],
  ['detect', 'types', 'causes/codes.ts'],
  ['detect', 'types', 'causes/not-started.ts'],

  ['launch', 'code', 'words'],
  ['launch', 'code', 'process/signal.ts'],
  ['launch', 'types', 'process/table.ts'],
  ['launch', 'code', 'record/key.ts'],
  ['launch', 'code', 'record/private-folder.ts'],
  ['launch', 'types', 'causes/codes.ts'],
  ['launch', 'types', 'detect/found.ts'],

  ['health', 'code', 'words'],
  ['health', 'types', 'causes/codes.ts'],
  ['health', 'types', 'ports/answerer.ts'],
  ['health', 'types', 'ports/owners.ts'],

  ['logs', 'code', 'words'],
  ['logs', 'types', 'launch/launcher.ts'],

  ['supervisor', 'code', 'words'],
  ['supervisor', 'code', 'causes'],
  ['supervisor', 'code', 'health/ends-before.ts'],
  ['supervisor', 'code', 'health/liveness.ts'],
  ['supervisor', 'code', 'health/memory.ts'],
  ['supervisor', 'code', 'health/readiness.ts'],
  ['supervisor', 'code', 'health/threshold.ts'],
  ['supervisor', 'types', 'health'],
  ['supervisor', 'code', 'launch/report.ts'],
  ['supervisor', 'code', 'launch/surroundings.ts'],
  ['supervisor', 'code', 'launch/terminate.ts'],
  ['supervisor', 'types', 'launch'],
  ['supervisor', 'code', 'logs'],
  ['supervisor', 'types', 'ports'],
  ['supervisor', 'code', 'process/signal.ts'],
  ['supervisor', 'types', 'process/sweep.ts'],
  ['supervisor', 'types', 'process/table.ts'],
  ['supervisor', 'types', 'record/record.ts'],

  ['composition', 'code', 'words'],
  ['composition', 'code', 'supervisor'],
  ['composition', 'code', 'causes'],
  ['composition', 'code', 'detect'],
  ['composition', 'code', 'launch'],
  ['composition', 'code', 'process'],
  ['composition', 'code', 'ports'],
  ['composition', 'code', 'health'],
  ['composition', 'code', 'record'],
  ['composition', 'code', 'logs'],
  ['composition', 'code', 'control/claim.ts'],
  ['composition', 'code', 'control/orphans.ts'],

  ['composition', 'code', 'gateway/front-door.ts'],

  ['gateway', 'code', 'words'],
  ['gateway', 'types', 'launch/launcher.ts'],
  ['gateway', 'types', 'launch/surroundings.ts'],
  ['gateway', 'code', 'logs/redact.ts'],
  ['gateway', 'code', 'ports/holder.ts'],
  ['gateway', 'code', 'ports/port-owners.ts'],
  ['gateway', 'code', 'ports/servers.ts'],
  ['gateway', 'code', 'ports/unsafe.ts'],
  ['gateway', 'code', 'process/sign-of-life.ts'],
  ['gateway', 'code', 'process/process-table.ts'],
  ['gateway', 'code', 'record/places.ts'],
  ['gateway', 'code', 'record/private-folder.ts'],
  ['gateway', 'types', 'supervisor'],

  ['record', 'code', 'words'],
  ['record', 'code', 'process/identity.ts'],

  ['control', 'code', 'words'],
  ['control', 'code', 'record'],
  ['control', 'code', 'process'],
  ['control', 'code', 'ports/reclaim.ts'],
  ['control', 'code', 'ports/socket-file.ts'],
  ['control', 'types', 'causes/codes.ts'],
  ['control', 'code', 'logs/drained.ts'],
  ['control', 'code', 'logs/lines.ts'],
  ['control', 'types', 'logs/tail.ts'],
  ['control', 'types', 'supervisor'],

  ['diagnosis', 'code', 'causes'],
  ['diagnosis', 'code', 'logs/redact.ts'],
  ['diagnosis', 'code', 'ports/unsafe.ts'],

  ['look', 'code', 'words'],
  ['look', 'code', 'process'],
  ['look', 'code', 'ports'],
  ['look', 'code', 'logs/redact.ts'],
  ['look', 'types', 'diagnosis'],

  ['archive', 'code', 'words'],
  ['archive', 'code', 'detect'],
  ['archive', 'types', 'diagnosis'],
  ['archive', 'code', 'doctor/signs/electron-majors.ts'],

  ['doctor', 'code', 'words'],
  ['doctor', 'code', 'diagnosis'],
  ['doctor', 'code', 'look'],
  ['doctor', 'code', 'archive'],
  ['doctor', 'code', 'detect'],
  ['doctor', 'code', 'launch'],
  ['doctor', 'code', 'process'],
  ['doctor', 'code', 'ports'],
  ['doctor', 'code', 'health/http-answer.ts'],
  ['doctor', 'code', 'record'],
  ['doctor', 'code', 'control'],
  ['doctor', 'code', 'logs'],
  ['doctor', 'code', 'supervisor/compose.ts'],
  ['doctor', 'code', 'supervisor/deps.ts'],
  ['doctor', 'types', 'supervisor'],

  ['commands', 'code', 'words'],
  ['commands', 'code', 'detect'],
  ['commands', 'code', 'supervisor/compose.ts'],
  ['commands', 'code', 'supervisor/failure.ts'],
  ['commands', 'code', 'supervisor/sentences.ts'],
  ['commands', 'code', 'control'],
  ['commands', 'code', 'doctor'],
  ['commands', 'code', 'diagnosis'],
  ['commands', 'code', 'logs'],
  ['commands', 'code', 'ports'],
  ['commands', 'code', 'process'],
  ['commands', 'code', 'record'],
  ['commands', 'types', 'supervisor'],
  ['commands', 'types', 'launch/launcher.ts'],

  ['electron', 'code', 'words'],
  ['electron', 'types', 'causes/codes.ts'],
  ['electron', 'code', 'detect/paths.ts'],
  ['electron', 'types', 'launch/electron-processes.ts'],
  ['electron', 'code', 'process/kill-child.ts'],
  ['electron', 'code', 'process/process-table.ts'],
  ['electron', 'code', 'logs/redact.ts'],
  ['electron', 'code', 'supervisor/compose.ts'],
  ['electron', 'code', 'supervisor/failure.ts'],
  ['electron', 'code', 'supervisor/sentences.ts'],
  ['electron', 'types', 'supervisor'],
  ['electron', 'types', 'diagnosis'],
  ['electron', 'types', 'doctor'],
  ['electron', 'code', 'doctor.ts'],
  ['electron', 'code', 'commands/doctor-render.ts'],

  ['surface', 'code', 'words'],
  ['surface', 'code', 'electron'],
  ['surface', 'code', 'gateway'],
  ['surface', 'code', 'commands'],
  ['surface', 'code', 'detect'],
  ['surface', 'code', 'causes/codes.ts'],
  ['surface', 'code', 'causes/not-started.ts'],
  ['surface', 'code', 'control/connect.ts'],
  ['surface', 'code', 'doctor'],
  ['surface', 'types', 'diagnosis'],
  ['surface', 'code', 'supervisor/compose.ts'],
  ['surface', 'types', 'supervisor'],
  ['surface', 'types', 'health/probe.ts'],
  ['surface', 'types', 'logs/tail.ts'],
]

/** What a package is needed for is known to one file. */
const packages: Readonly<Record<string, string>> = {
  jiti: 'config/load.ts',
  electron: 'electron/preload.cjs',
  undici: 'gateway/undici.ts',
  'undici/lib/core/connect.js': 'gateway/undici.ts',
  'undici/lib/dispatcher/client.js': 'gateway/undici.ts',
  'undici/lib/dispatcher/pool.js': 'gateway/undici.ts',
}

/** Files that open by saying that they are pure import nothing of Node but these, which do nothing and ask nobody. */
const harmless: Readonly<Record<string, RegExp>> = {
  'node:path': /./,
  'node:util': /./,
  'node:string_decoder': /./,
  'node:os': /^constants$/,
  'node:net': /^isIP/,
}
/** Code that pure files may use though its file does not say that it is pure: errors; data; a look into a given environment. */
const asGoodAsPure = ['errors.ts', 'causes/patterns.ts', 'detect/surroundings.ts']
/** Names through which a pure file would learn the time, the machine or chance, or do something. */
const impureNames = ['process', 'performance', 'Date', 'setTimeout', 'setInterval', 'setImmediate', 'fetch', 'console', 'globalThis']

interface Import {
  readonly from: string
  /** A file of `src`, or the name of a package or of a module of Node's. */
  readonly to: string
  readonly kind: Kind
  /** What is imported, by its own name; `*` for all of it. */
  readonly names: readonly string[]
}

const src = join(import.meta.dirname, '../src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(?:ts|cjs)$/.test(file))
  .sort()
const sources = new Map(
  files.map((file) => [file, ts.createSourceFile(file, readFileSync(join(src, file), 'utf8'), ts.ScriptTarget.Latest, true)]),
)

const isTypeOnly = (node: ts.ImportDeclaration | ts.ExportDeclaration): boolean => {
  if (ts.isExportDeclaration(node)) {
    const named = node.exportClause && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : undefined
    return node.isTypeOnly || (named?.every((element) => element.isTypeOnly) ?? false)
  }
  const clause = node.importClause
  if (clause === undefined) return false
  const named = clause.namedBindings && ts.isNamedImports(clause.namedBindings) ? clause.namedBindings.elements : undefined
  return clause.isTypeOnly || (clause.name === undefined && (named?.every((element) => element.isTypeOnly) ?? false))
}

/** Names that an import or an export statement takes. */
const namesIn = (node: ts.ImportDeclaration | ts.ExportDeclaration): string[] => {
  const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause
  if (bindings === undefined || !('elements' in bindings)) return ['*']
  return [...bindings.elements].map(({ name, propertyName }) => (propertyName ?? name).text)
}

const importsIn = (file: string, source: ts.SourceFile): Import[] => {
  const found: Import[] = []
  const add = (specifier: ts.Node | undefined, kind: Kind, names: string[] = ['*']): void => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return
    const to = specifier.text.startsWith('.') ? normalize(join(dirname(file), specifier.text)) : specifier.text
    found.push({ from: file, to, kind, names })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, isTypeOnly(node) ? 'types' : 'code', namesIn(node))
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, 'types')
    const isCall = ts.isCallExpression(node)
    const loads = isCall && (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText(source) === 'require')
    if (loads) add(node.arguments[0], 'code')
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

const imports = [...sources].flatMap(([file, source]) => importsIn(file, source))

const partOf = (file: string): Part | undefined =>
  (Object.keys(parts) as Part[]).find((part) =>
    parts[part].some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place)),
  )

const covers = ([from, kind, to]: Rule, it: Import): boolean =>
  partOf(it.from) === from && (kind === 'code' || it.kind === 'types') && (to in parts ? partOf(it.to) === to : it.to === to)

const isOurs = ({ to }: Import): boolean => sources.has(to)
const between = imports.filter((it) => isOurs(it) && partOf(it.from) !== partOf(it.to))
const show = ({ from, kind, to }: Import): string => `${from} imports ${kind} of ${to}`

/** A way round, if there is one. */
const cycleIn = (edges: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined => {
  const done = new Set<string>()
  const search = (node: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node]
    if (done.has(node)) return undefined
    for (const next of edges.get(node) ?? []) {
      const cycle = search(next, [...path, node])
      if (cycle !== undefined) return cycle
    }
    done.add(node)
    return undefined
  }
  for (const node of edges.keys()) {
    const cycle = search(node, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}

const graph = (name: (file: string) => string): Map<string, Set<string>> => {
  const edges = new Map<string, Set<string>>()
  for (const it of imports) {
    if (!isOurs(it) || it.kind === 'types' || name(it.from) === name(it.to)) continue
    edges.set(name(it.from), (edges.get(name(it.from)) ?? new Set()).add(name(it.to)))
  }
  return edges
}

describe('imports', () => {
  it('are found: a test that sees none would prove nothing', () => {
    expect(files.length).toBeGreaterThan(50)
    expect(imports).toContainEqual(expect.objectContaining({ from: 'supervisor/machine.ts', to: 'supervisor/policy.ts', kind: 'code' }))
    expect(imports).toContainEqual(expect.objectContaining({ from: 'supervisor/model.ts', to: 'causes/codes.ts', kind: 'types' }))
    expect(imports).toContainEqual(expect.objectContaining({ from: 'config/load.ts', to: 'jiti', kind: 'code' }))
    expect(imports).toContainEqual(expect.objectContaining({ from: 'launch/preload.cjs', to: 'node:diagnostics_channel', kind: 'code' }))
  })

  it('of our own name files that are there', () => {
    const outside = (to: string): boolean => !to.startsWith('../') || to === '../package.json'
    expect(imports.filter((it) => it.to.includes('/') && !it.to.startsWith('node:') && !isOurs(it) && !outside(it.to)).map(show)).toEqual(
      [],
    )
  })

  it('every file belongs to a part', () => {
    expect(files.filter((file) => partOf(file) === undefined)).toEqual([])
  })

  it('from one part to another are allowed by a rule', () => {
    expect(between.filter((it) => !rules.some((rule) => covers(rule, it))).map(show)).toEqual([])
  })

  it('every rule is needed by an import that no other rule allows', () => {
    const needed = (rule: Rule): boolean =>
      between.some((it) => covers(rule, it) && !rules.some((other) => other !== rule && covers(other, it)))
    expect(rules.filter((rule) => !needed(rule)).map((rule) => rule.join(' '))).toEqual([])
  })

  it('go one way: no folder needs itself in a round about when the program runs', () => {
    expect(cycleIn(graph((file) => (file.includes('/') ? dirname(file) : file)))).toBeUndefined()
  })

  it('nor does a file', () => {
    expect(cycleIn(graph((file) => file))).toBeUndefined()
  })

  it('of what touches the world are made where everything is wired, and beside it', () => {
    const adapters =
      /^(?:health\/(?:http|tcp|command|signals)|launch\/(?:fork|spawn)|(?:ports|process)\/linux|process\/sweep|ports\/pick)\.ts$/
    const used = between.filter((it) => it.kind === 'code' && adapters.test(it.to))
    expect(used.filter((it) => partOf(it.from) !== 'composition' && it.from !== 'ports/reclaim.ts').map(show)).toEqual([])
    expect(used.length).toBeGreaterThan(5)
  })

  it('of packages are known to one file each', () => {
    const used = imports.filter((it) => !isOurs(it) && !it.to.startsWith('node:') && it.to !== '../package.json')
    expect(Object.fromEntries(used.map(({ from, to }) => [to, from]))).toEqual(packages)
    expect(used).toHaveLength(Object.keys(packages).length)
  })

  it('say node: where they mean Node', () => {
    const bare = imports.filter((it) => !isOurs(it) && !it.to.startsWith('node:') && !(it.to in packages) && it.to !== '../package.json')
    expect(bare.map(show)).toEqual([])
  })
})

/** Parameters, variables and their like: within the file the name means these. */
const namesBoundIn = (source: ts.SourceFile): Set<string> => {
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    const declares = ts.isBindingElement(node) || ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isPropertySignature(node)
    if (declares && ts.isIdentifier(node.name)) names.add(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return names
}

describe('files that say that they are pure', () => {
  const opening = (source: ts.SourceFile): string =>
    (ts.getLeadingCommentRanges(source.text, 0) ?? []).map(({ pos, end }) => source.text.slice(pos, end)).join('\n')
  /** Eighty files of a kind, which need not say it each. */
  const isCause = (file: string): boolean => file.startsWith('doctor/causes/')
  const pure = [...sources].filter(([file, source]) => isCause(file) || /\bPure\b/.test(opening(source))).map(([file]) => file)
  const isPure = new Set(pure)

  it('are the ones that decide', () => {
    expect(pure).toEqual(
      expect.arrayContaining([
        'causes/exit.ts',
        'commands/arguments.ts',
        'commands/exit-code.ts',
        'commands/render.ts',
        'config/service-shape.ts',
        'config/shape.ts',
        'health/threshold.ts',
        'launch/surroundings.ts',
        'logs/lines.ts',
        'ports/ownership.ts',
        'process/identity.ts',
        'record/state-dir.ts',
        'supervisor/failure.ts',
        'supervisor/machine.ts',
        'supervisor/policy.ts',
      ]),
    )
  })

  it('import of Node only what does nothing', () => {
    const used = imports.filter((it) => isPure.has(it.from) && it.kind === 'code' && it.to.startsWith('node:'))
    const isHarmless = ({ to, names }: Import): boolean => names.every((name) => harmless[to]?.test(name) ?? false)
    expect(used.filter((it) => !isHarmless(it)).map((it) => `${show(it)}: ${it.names}`)).toEqual([])
    expect(Object.keys(harmless).filter((module) => !used.some((it) => it.to === module))).toEqual([])
  })

  it('import code of our own only from each other, with few exceptions', () => {
    const used = imports.filter((it) => isPure.has(it.from) && it.kind === 'code' && isOurs(it))
    expect(used.filter((it) => !isPure.has(it.to) && !asGoodAsPure.includes(it.to)).map(show)).toEqual([])
    expect(asGoodAsPure.filter((file) => isPure.has(file) || !used.some((it) => it.to === file))).toEqual([])
  })

  it('neither ask for the time, the machine or chance, nor do anything', () => {
    const found: string[] = []
    for (const file of pure) {
      const source = sources.get(file)!
      const bound = namesBoundIn(source)
      const visit = (node: ts.Node): void => {
        const isName = ts.isIdentifier(node) && !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)
        const isKey = isName && (ts.isPropertyAssignment(node.parent) || ts.isPropertySignature(node.parent)) && node.parent.name === node
        const isType = isName && ts.isTypeReferenceNode(node.parent)
        // a process that is talked about is not the one that talks
        const isOwn = isName && bound.has(node.text)
        // reads a date, asks for none
        const reads = isName && /^Date\.parse$/.test(node.parent.getText(source))
        if (isName && !isKey && !isType && !isOwn && !reads && impureNames.includes(node.text)) found.push(`${file}: ${node.text}`)
        if (ts.isPropertyAccessExpression(node) && node.getText(source) === 'Math.random') found.push(`${file}: Math.random`)
        ts.forEachChild(node, visit)
      }
      visit(source)
    }
    expect(found).toEqual([])
  })
})
