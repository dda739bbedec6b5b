import { describe, expect, it } from 'vitest'
import { isClosedOnExec, parseRegistrations } from '../../../src/doctor/look/epoll.ts'
import { parseExcludedPorts } from '../../../src/doctor/look/excluded-ports.ts'
import { openFilesLimit } from '../../../src/doctor/look/limits.ts'
import { tcpRowsOf } from '../../../src/doctor/look/tcp-rows.ts'
import { countWaiting, parseUnixListeners } from '../../../src/ports/proc-unix.ts'

describe('/proc/net/tcp', () => {
  const recorded = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 34311 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C8A2 01 00000000:00000000 00:00000000 00000000  1000        0 34312 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:C8A2 0100007F:1F90 01 00000000:00000000 02:00000A5F 00000000  1000        0 34313 2 0000000000000000 20 4 31 10 -1
   3: 0100007F:1F90 0100007F:C8A4 06 00000000:00000000 03:000016F5 00000000     0        0 0 3 0000000000000000
`
  it('shows the rows of some sockets, with their states', () => {
    expect(tcpRowsOf(recorded, new Set(['34311', '34312', '99']))).toEqual([
      { inode: '34311', localPort: 8080, state: 10 },
      { inode: '34312', localPort: 8080, state: 1 },
    ])
  })

  it('of version 6 is written alike', () => {
    const row =
      '   0: 00000000000000000000000001000000:0BB8 00000000000000000000000001000000:C8A2 01 00000000:00000000 00:00000000 00000000     0        0 5 1 0 20 4 30 10 -1'
    expect(tcpRowsOf(row, new Set(['5']))).toEqual([{ inode: '5', localPort: 3000, state: 1 }])
  })
})

describe('/proc/net/unix', () => {
  const recorded = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 21537 /run/user/1000/a socket
0000000000000000: 00000003 00000000 00000000 0001 03 21538 /run/user/1000/a socket
0000000000000000: 00000002 00000000 00010000 0001 01 21539 @/tmp/.X11-unix/X0
0000000000000000: 00000002 00000000 00010000 0005 01 21540 /run/udev/control
0000000000000000: 00000002 00000000 00010000 0001 01 21541
0000000000000000: 00000002 00000000 00010000 0001 01 21542 @name@@@@@@@
0000000000000000: 00000002 00000000 00000000 0002 01 21543 /run/systemd/notify
`
  it('shows those that listen, by name', () => {
    expect(parseUnixListeners(recorded)).toEqual([
      { inode: '21537', path: '/run/user/1000/a socket' },
      { inode: '21539', path: '@/tmp/.X11-unix/X0' },
      { inode: '21540', path: '/run/udev/control' },
      { inode: '21542', path: '@name' },
    ])
  })

  it('shows who waits to be accepted: nobody has them yet', () => {
    const rows = `${recorded}0000000000000000: 00000003 00000000 00000000 0001 02     0 /run/user/1000/a socket
0000000000000000: 00000003 00000000 00000000 0001 02     0 /run/user/1000/a socket
0000000000000000: 00000003 00000000 00000000 0001 02     0 /elsewhere/run/user/1000/a socket
`
    expect(countWaiting(rows, '/run/user/1000/a socket')).toBe(2)
    expect(countWaiting(recorded, '/run/user/1000/a socket')).toBe(0)
  })
})

describe('/proc/PID/limits', () => {
  it.each([
    [
      'Max processes             1024                 2048                 processes \nMax open files            32                   20000                files     \n',
      32,
    ],
    ['Max open files            unlimited            unlimited            files     \n', null],
    ['', null],
  ])('tells how many files may be open', (text, limit) => {
    expect(openFilesLimit(text)).toBe(limit)
  })
})

describe('/proc/PID/fdinfo', () => {
  it('lists what an epoll descriptor waits for', () => {
    const recorded = `pos:	0
flags:	02000002
mnt_id:	15
ino:	1038
tfd:       17 events:       19 data:               11  pos:0 ino:40e sdev:10
tfd:       19 events: 80000019 data:               13  pos:0 ino:60d887 sdev:9
`
    expect(parseRegistrations(recorded)).toEqual([
      { fd: 17, inode: '1038' },
      { fd: 19, inode: '6346887' },
    ])
  })

  it('of an older kernel tells no inodes', () => {
    expect(parseRegistrations('tfd:        5 events:       1d data:                5\n')).toEqual([{ fd: 5, inode: null }])
  })

  it.each([
    ['02000002', true],
    ['02', false],
    ['02004002', true],
    ['04002', false],
  ])('with flags %s is closed on exec: %s', (flags, isClosed) => {
    expect(isClosedOnExec(`pos:\t0\nflags:\t${flags}\nmnt_id:\t10\n`)).toBe(isClosed)
  })

  it('that cannot be read is not', () => {
    expect(isClosedOnExec('')).toBe(false)
  })
})

describe('what netsh prints', () => {
  const english = `
Protocol tcp Port Exclusion Ranges

Start Port    End Port      
----------    --------      
      1024        1123      
      5357        5357      
     50000       50059     *

* - Administered port exclusions.

`
  const german = `
Protokoll tcp Portausschlussbereiche

Startport    Endport        
----------    --------      
      1024        1123      
      5357        5357      
     50000       50059     *

* - Verwaltete Portausschlüsse.

`
  it.each([
    ['English', english],
    ['German', german],
    ['German, in the encoding of a console', german.replace('ü', '\u0081')],
    ['English, with the line ends of Windows', english.replaceAll('\n', '\r\n')],
  ])('is understood in %s', (_, text) => {
    expect(parseExcludedPorts(text)).toEqual([
      [1024, 1123],
      [5357, 5357],
      [50_000, 50_059],
    ])
  })

  it.each(['', 'The following command was not found: int ipv4 show', '  9 3\n  1 70000\n'])('%j shows no range', (text) => {
    expect(parseExcludedPorts(text)).toEqual([])
  })
})
