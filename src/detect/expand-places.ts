/** Replaces the `*` of a known place by the version folders that are there, newest first. */
import { existsSync, readdirSync } from 'node:fs'
import { compareVersions } from './compare-versions.ts'

const versionsIn = (folder: string): string[] => {
  // Asked first, since a thrown error costs more than the question; most version managers are not installed.
  if (!existsSync(folder)) return []
  try {
    return readdirSync(folder).sort((a, b) => compareVersions(b, a))
  } catch {
    return []
  }
}

/** One at a time: what comes after a healthy hit is not read. */
export function* expandPlaces(places: Iterable<string>): Generator<string> {
  for (const place of places) {
    const [before, after] = place.split('*')
    if (after === undefined) yield place
    else for (const version of versionsIn(before!)) yield before + version + after
  }
}
