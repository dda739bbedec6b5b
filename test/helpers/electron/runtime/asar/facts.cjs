'use strict'
/** What is said of a file in an archive: much of it is guessed, as in Electron. */
const { statSync } = require('node:fs')

class Facts {
  #isFolder

  constructor({ archive, entry }, { bigint = false } = {}) {
    archive.stats ??= statSync(archive.path)
    const { stats } = archive
    this.#isFolder = entry.files !== undefined
    const number = bigint ? BigInt : Number
    const times = { atime: stats.atime, mtime: stats.mtime, ctime: stats.ctime, birthtime: stats.birthtime }
    const mode = this.#isFolder ? 0o40755 : entry.executable ? 0o100755 : 0o100644
    const facts = {
      dev: 1,
      ino: 0,
      mode,
      nlink: 1,
      uid: stats.uid,
      gid: stats.gid,
      rdev: 0,
      size: entry.size ?? 0,
      blksize: 4096,
      blocks: 1,
    }
    for (const [name, value] of Object.entries(facts)) this[name] = number(value)
    for (const [name, value] of Object.entries(times)) Object.assign(this, { [name]: value, [`${name}Ms`]: number(value.getTime()) })
  }

  isFile = () => !this.#isFolder
  isDirectory = () => this.#isFolder
  isSymbolicLink = () => false
  isFIFO = () => false
  isSocket = () => false
  isBlockDevice = () => false
  isCharacterDevice = () => false
}

exports.Facts = Facts
