import { describe, expect, it } from 'vitest'
import { isInsideAsar, onPath, outsideAsar, pathFolders } from '../../src/detect/paths.ts'

describe('PATH', () => {
  it('counts absolute entries only', () => {
    expect(pathFolders({ platform: 'linux', env: { PATH: ':/a::b:./c:.:/d:' } })).toEqual(['/a', '/d'])
    expect(pathFolders({ platform: 'linux', env: {} })).toEqual([])
  })

  it('is found on Windows under any spelling, with quoted entries', () => {
    expect(pathFolders({ platform: 'win32', env: { Path: 'C:\\a;"C:\\b c";.;rel' } })).toEqual(['C:\\a', 'C:\\b c'])
  })

  it('offers on Windows what can be started, in the order of PATHEXT, and never the bare name', () => {
    const env = { PATH: 'C:\\a', PATHEXT: '.COM;.EXE;.BAT;.CMD;.VBS;.JS' }
    expect(onPath('claude', { platform: 'win32', env })).toEqual(['com', 'exe', 'bat', 'cmd'].map((end) => `C:\\a\\claude.${end}`))
    expect(onPath('claude.exe', { platform: 'win32', env })).toEqual(['C:\\a\\claude.exe'])
  })
})

describe('archives of Electron', () => {
  it.each([
    ['/App/app.asar/dist', '/App/app.asar.unpacked/dist'],
    ['/App/app.asar', '/App/app.asar.unpacked'],
    ['C:\\App\\resources\\app.asar\\dist', 'C:\\App\\resources\\app.asar.unpacked\\dist'],
  ])('%s has its unpacked twin', (path, unpacked) => {
    expect(isInsideAsar(path)).toBe(true)
    expect(outsideAsar(path)).toBe(unpacked)
  })

  it('are not confused with what is beside them', () => {
    for (const path of ['/App/app.asar.unpacked/dist', '/home/asar/claude', '/x.asarx/claude']) expect(isInsideAsar(path)).toBe(false)
  })
})
