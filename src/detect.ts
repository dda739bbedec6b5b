/** The door `jarvis-supervise/detect`: which Node, which Claude, and why something did not start. */

export { explainNotStarted, type NotStarted, type StartFacts } from './causes/not-started.ts'
export { type ClaudeQuestion, lookForClaude, type ResolveClaudeOptions, resolveClaude } from './detect/claude.ts'
export type { Candidate, CandidateSource, ExecutableKind, Found, FoundExecutable, NotFound } from './detect/found.ts'
export { lookForNode, type NodeQuestion, type ResolveNodeOptions, resolveNode } from './detect/node.ts'
export { type QueryOptions, queryOptions } from './detect/query-options.ts'
export { collectStartFacts, type StartContext } from './detect/start-facts.ts'
export { currentSurroundings, type ElectronFacts, type Surroundings } from './detect/surroundings.ts'
