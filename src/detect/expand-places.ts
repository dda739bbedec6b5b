/** Replaces each `*` of a known place by the version folders that are there, newest first. */
import { existsSync, readdirSync } from 'node:fs'
import { compareVersions } from './compare-versions.ts'

/** Folder, and how the names in it begin. */
const beforeStar = /^(.*[\\/])([^\\/]*)$/s

/** What is in the folder and begins so, without that beginning. */
const versionsIn = (folder: string, beginning: string): string[] => {
  // Asked first, since a thrown error costs more than the question; most version managers are not installed.
  if (!existsSync(folder)) return []
  try {
    const names = readdirSync(folder).filter((name) => name.startsWith(beginning))
    return names.map((name) => name.slice(beginning.length)).sort((a, b) => compareVersions(b, a))
  } catch {
    return []
  }
}

/** From the left: a folder is read only where the ones above it are there. */
function* expand(place: string): Generator<string> {
  const star = place.indexOf('*')
  const parts = star === -1 ? null : beforeStar.exec(place.slice(0, star))
  if (parts === null) return yield place
  const [, folder = '', beginning = ''] = parts
  for (const version of versionsIn(folder, beginning)) yield* expand(folder + beginning + version + place.slice(star + 1))
}

/** One at a time: what comes after a healthy hit is not read. */
export function* expandPlaces(places: Iterable<string>): Generator<string> {
  for (const place of places) yield* expand(place)
}
