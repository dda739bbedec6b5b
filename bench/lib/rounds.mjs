// Interleaved rounds: each visits every subject once in random order, between two visits to the base.
import { shuffled } from './stats.mjs'

/**
 * `subjects`: functions by name that resolve with one sample. Resolves with the samples by name, and the base's own: one
 * per round, the mean of its two visits, so that a drift of the machine falls out of the comparison.
 */
export const rounds = async (base, subjects, { reps, warmUp = 1, onRound = () => {} }) => {
  const samples = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]))
  const bases = []
  for (let round = -warmUp; round < reps; round += 1) {
    const before = await base()
    const found = []
    for (const name of shuffled(Object.keys(subjects))) found.push([name, await subjects[name]()])
    const after = await base()
    onRound(round + 1, reps)
    if (round < 0) continue
    bases.push((before + after) / 2)
    for (const [name, value] of found) samples[name].push(value)
  }
  return { base: bases, samples }
}
