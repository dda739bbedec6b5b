import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { closeFrame, frameBoundary } from '../../src/gateway/frame-boundary.ts'

const frame = (opcode: number, length: number, { fin = true, masked = false, wide = 0 } = {}): Buffer => {
  const size = wide || (length < 126 ? 0 : length < 65_536 ? 2 : 8)
  const head = Buffer.alloc(2 + size)
  head[0] = (fin ? 0x80 : 0) | opcode
  head[1] = (masked ? 0x80 : 0) | (size === 0 ? length : size === 2 ? 126 : 127)
  if (size === 2) head.writeUInt16BE(length, 2)
  if (size === 8) head.writeBigUInt64BE(BigInt(length), 2)
  // what looks like a close frame, if it is read as a header
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0, 0x88), Buffer.alloc(length, 0x88)])
}

describe('the boundary of frames', () => {
  test.each([
    ['a text without any', frame(1, 0)],
    ['a text of 125', frame(1, 125)],
    ['bytes of 126', frame(2, 126)],
    ['bytes of 65535', frame(2, 65_535)],
    ['bytes of 65536', frame(2, 65_536)],
    ['a length that is longer than it needs to be', frame(2, 5, { wide: 8 })],
    ['a fragment', frame(1, 7, { fin: false })],
    ['a ping', frame(9, 3)],
    ['a masked frame, which is not for a server to send', frame(1, 7, { masked: true })],
  ])('is after %s, and nowhere in it', (_what, bytes) => {
    const frames = frameBoundary()
    expect(frames.isBetween).toBe(true)
    for (let at = 0; at < bytes.length; at += 1) {
      frames.push(bytes.subarray(at, at + 1))
      if (frames.isBetween !== (at === bytes.length - 1)) expect.fail(`after ${at + 1} of ${bytes.length} bytes`)
    }
    expect(frames.isClosed).toBe(false)
  })

  test('is found however the bytes are cut, and a close frame is seen', () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(0, 1, 2, 9, 10), fc.nat(400)), { maxLength: 12 })
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1 }), fc.boolean(), (list, cuts, closes) => {
        const bytes = Buffer.concat([
          ...list.map(([opcode, length]) => frame(opcode, length)),
          ...(closes ? [closeFrame(1000, 'bye')] : []),
        ])
        const boundary = frameBoundary()
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const step = cuts[turn % cuts.length] ?? 1
          boundary.push(bytes.subarray(at, at + step))
          at += step
        }
        return boundary.isBetween && boundary.isClosed === closes
      }),
    )
  })

  test('half a close frame is not closed', () => {
    const boundary = frameBoundary()
    boundary.push(closeFrame(1000, 'bye').subarray(0, 4))
    expect(boundary).toMatchObject({ isBetween: false, isClosed: false })
  })

  test('a close frame has a code and a reason', () => {
    expect([...closeFrame(1012, 'ab')]).toEqual([0x88, 4, 0x03, 0xf4, 0x61, 0x62])
  })
})
