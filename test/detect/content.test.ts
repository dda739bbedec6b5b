import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { headBytes, typeContent } from '../../src/detect/content.ts'
import { elfBytes, fatBytes, machOBytes, peBytes, placeholder } from './installed.ts'

const bigEndianElf = (): Buffer => {
  const bytes = Buffer.alloc(64)
  bytes.write('\x7fELF', 'latin1')
  bytes.set([2, 2, 1], 4)
  bytes.writeUInt16BE(22, 18)
  return bytes
}

const elf32 = (interpreter: string): Buffer => {
  const bytes = Buffer.alloc(84 + interpreter.length)
  bytes.write('\x7fELF', 'latin1')
  bytes.set([1, 1, 1], 4)
  bytes.writeUInt16LE(40, 18)
  bytes.writeUInt32LE(52, 28)
  bytes.writeUInt16LE(32, 42)
  bytes.writeUInt16LE(1, 44)
  bytes.writeUInt32LE(3, 52)
  bytes.writeUInt32LE(84, 56)
  bytes.writeUInt32LE(interpreter.length, 68)
  bytes.write(interpreter, 84)
  return bytes
}

const loaderFarAway = (): Buffer => {
  const bytes = elfBytes({ interpreter: '/lib/ld.so' })
  bytes.writeBigUInt64LE(200_000_000n, 72)
  return bytes
}

const shebang = (interpreter: string, throughEnv: string | null, program: string, ...args: string[]) => ({
  format: 'shebang',
  interpreter,
  throughEnv,
  program,
  args,
})

describe('typing a file by its first bytes', () => {
  it.each([
    ['nothing', Buffer.alloc(0), { format: 'empty' }],
    ['a static ELF', elfBytes(), { format: 'elf', arch: 'x64', interpreter: null }],
    ['an ELF with a loader', elfBytes({ interpreter: '/lib64/ld.so.2' }), { format: 'elf', arch: 'x64', interpreter: '/lib64/ld.so.2' }],
    ['an ELF whose loader is named far behind its head', loaderFarAway(), { format: 'elf', arch: 'x64', interpreter: undefined }],
    ['an ELF for ARM', elfBytes({ arch: 'arm64' }), { format: 'elf', arch: 'arm64', interpreter: null }],
    ['an ELF with big-endian fields', bigEndianElf(), { format: 'elf', arch: 's390x', interpreter: null }],
    ['an ELF of the 32-bit class', elf32('/lib/ld.so'), { format: 'elf', arch: 'arm', interpreter: '/lib/ld.so' }],
    ['an ELF for a machine without Node', elfBytes({ arch: 'unknown' }), { format: 'elf', arch: 'machine 4711', interpreter: null }],
    ['an ELF cut short', elfBytes().subarray(0, 20), { format: 'binary' }],
    ['a thin Mach-O', machOBytes('arm64'), { format: 'mach-o', archs: ['arm64'] }],
    ['a fat Mach-O', fatBytes('x64', 'arm64'), { format: 'mach-o', archs: ['x64', 'arm64'] }],
    ['a Java class, which begins like a fat Mach-O', Buffer.from('cafebabe00000034001d', 'hex'), { format: 'binary' }],
    ['a Windows executable', peBytes(0x8664), { format: 'pe', arch: 'x64' }],
    ['a text that begins with MZ', Buffer.from(`MZ${'x'.repeat(100)}`), { format: 'text' }],
    ['a text', Buffer.from('hello'), { format: 'text' }],
    ['the placeholder of npm', Buffer.from(placeholder.bytes!), { format: 'placeholder' }],
    ['a long text that mentions the placeholder', Buffer.from(`${placeholder.bytes}`.padEnd(headBytes)), { format: 'text' }],
    ['a script that mentions the placeholder', Buffer.from(`#!/bin/sh\n${placeholder.bytes}`), shebang('/bin/sh', null, 'sh')],
  ])('%s', (_, bytes, content) => {
    expect(typeContent(bytes)).toEqual(content)
  })

  it.each([
    ['#!/usr/bin/env node', shebang('/usr/bin/env', 'node', 'node')],
    ['#! /usr/bin/env   node', shebang('/usr/bin/env', 'node', 'node')],
    ['#!/usr/local/bin/node --no-warnings', shebang('/usr/local/bin/node', null, 'node', '--no-warnings')],
    ['#!/usr/bin/env -S node --a --b', shebang('/usr/bin/env', 'node', 'node', '--a', '--b')],
    ['#!/usr/bin/env -S A=1 node --a', shebang('/usr/bin/env', 'node', 'node', '--a')],
    ['#!/usr/bin/env node --a', shebang('/usr/bin/env', 'node --a', 'node --a')],
    ['#!/bin/bash', shebang('/bin/bash', null, 'bash')],
    ['#!/bin/sh\r', shebang('/bin/sh\r', null, 'sh')],
    ['#!/usr/bin/env node\r', shebang('/usr/bin/env', 'node\r', 'node')],
    ['#!', shebang('', null, '')],
  ])('the first line %j', (line, content) => {
    expect(typeContent(Buffer.from(`${line}\nrest`))).toEqual(content)
    expect(typeContent(Buffer.from(line))).toEqual(content)
  })

  it('never throws, whatever the bytes', () => {
    const magic = fc.constantFrom('7f454c46', '7f454c460201', '7f454c460102', 'cafebabe', 'cafebabf', 'cffaedfe', '4d5a', '2321', '')
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
        expect(typeContent(Buffer.concat([Buffer.from(start, 'hex'), rest]))).toHaveProperty('format')
      }),
      { numRuns: 5000 },
    )
  })
})
