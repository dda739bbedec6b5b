'use strict'
/** Structured clones over a stream: length, then bytes. */
const { deserialize, serialize } = require('node:v8')

exports.sendFrame = (stream, value) => {
  const bytes = serialize(value)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  stream.write(Buffer.concat([length, bytes]))
}

exports.receiveFrames = (stream, take) => {
  let rest = Buffer.alloc(0)
  stream.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32LE(0)) {
      const end = 4 + rest.readUInt32LE(0)
      const value = deserialize(rest.subarray(4, end))
      rest = rest.subarray(end)
      take(value)
    }
  })
}
