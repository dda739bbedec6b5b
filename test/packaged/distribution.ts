/**
 * Writes what electron-builder takes for an Electron of this machine: an executable that is one by its format, its name and
 * its fuses, and the files that lie beside it. Nothing in it can be run; `runnable.ts` makes a package of it that can.
 */
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { electronBytes, place, programs, writeAsar } from '../doctor/archive/packaged.ts'

/** The version of the types, which is the version that the example is packaged with. */
export const electronVersion: string = (JSON.parse(readFileSync('node_modules/electron/package.json', 'utf8')) as { version: string })
  .version

/** 64-bit machines of the two architectures that Electron has for Linux. */
export const builderArch = process.arch === 'arm64' ? 'arm64' : 'x64'

const pieces = [
  ...['LICENSE', 'LICENSES.chromium.html', 'chrome_100_percent.pak', 'chrome_200_percent.pak', 'icudtl.dat', 'locales/en-US.pak'],
  ...['resources.pak', 'snapshot_blob.bin', 'v8_context_snapshot.bin', 'vk_swiftshader_icd.json'],
]

/** @param dir Absolute; made where it is not there. */
export const writeDistribution = (dir: string): string => {
  mkdirSync(dir, { recursive: true })
  place(join(dir, 'electron'), electronBytes(programs.elf(builderArch), { version: electronVersion }), 0o755)
  for (const name of ['chrome-sandbox', 'chrome_crashpad_handler']) place(join(dir, name), programs.elf(builderArch), 0o755)
  for (const name of pieces) place(join(dir, name), '')
  place(join(dir, 'version'), electronVersion)
  writeAsar(join(dir, 'resources/default_app.asar'), { 'package.json': '{"main":"main.js"}', 'main.js': '' })
  return dir
}

/** A tree of hard links: packages are many, and mostly the same. */
export const copyTree = (from: string, to: string): string => {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
  return to
}
