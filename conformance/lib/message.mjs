/** The words of HTTP/1.1 that client and backend share: heads, bodies and how they end. */

/** @returns {[string, string][]} names and values as they are written; a line without a colon has the name ''. */
const fieldsOf = (lines) =>
  lines.map((line) => {
    const colon = line.indexOf(':')
    return colon < 0 ? ['', line] : [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')]
  })

/** @param {Buffer} bytes with the empty line at the end */
export const parseHead = (bytes) => {
  const [first = '', ...lines] = bytes
    .toString('latin1')
    .replace(/\r\n\r\n$/, '')
    .split('\r\n')
  return { first, fields: fieldsOf(lines) }
}

/** All values of a field, in order. */
export const allOf = (fields, name) => fields.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)

export const firstOf = (fields, name) => allOf(fields, name)[0]

/** What is wrong with a head, in words that rows look for. An empty list is a head that can be read in one way only. */
export const oddities = (bytes, fields) => {
  const text = bytes.toString('latin1')
  const lengths = allOf(fields, 'content-length')
  const codings = allOf(fields, 'transfer-encoding')
  const odd = []
  if (/[^\r]\n/.test(text)) odd.push('a bare LF')
  if (/\r[^\n]/.test(text)) odd.push('a bare CR')
  if (text.includes('\0')) odd.push('a NUL')
  if (/\r\n[ \t]/.test(text)) odd.push('a folded line')
  if (fields.some(([name]) => name === '')) odd.push('a line without a colon')
  if (fields.some(([name]) => /[ \t]/.test(name))) odd.push('a space in the name of a field')
  if (lengths.length > 1 || lengths.some((length) => !/^\d+$/.test(length))) odd.push(`Content-Length: ${lengths.join(' and ')}`)
  if (lengths.length > 0 && codings.length > 0) odd.push('both Content-Length and Transfer-Encoding')
  if (codings.length > 0 && !/^(?:[a-z]+\s*,\s*)*chunked$/i.test(codings.join(', ')))
    odd.push(`Transfer-Encoding: ${codings.join(' and ')}`)
  if (allOf(fields, 'host').length > 1) odd.push('two Hosts')
  return odd
}

const isChunked = (fields) => /chunked/i.test(allOf(fields, 'transfer-encoding').join(','))

/** `chunked`, a length, or undefined where neither is said. */
export const framingOf = (fields) => {
  if (isChunked(fields)) return 'chunked'
  const length = firstOf(fields, 'content-length')
  return length === undefined ? undefined : Number.parseInt(length, 10)
}

/** The parts of a body as they come. Throws `Ended` where it is cut. `trailers` gets the fields after it. */
export const readBody = async function* (reader, framing, trailers = []) {
  if (framing === 'chunked') {
    for (;;) {
      const line = (await reader.until('\r\n')).toString('latin1')
      const size = Number.parseInt(line, 16)
      if (!/^[0-9a-f]+\s*(?:;|\r\n$)/i.test(line)) throw new SyntaxError(`not the size of a chunk: ${JSON.stringify(line.slice(0, 40))}`)
      for (let left = size; left > 0; ) {
        const part = await reader.next(left)
        left -= part.length
        yield part
      }
      if (size > 0) {
        await reader.until('\r\n')
        continue
      }
      const lines = []
      for (;;) {
        const next = (await reader.until('\r\n')).toString('latin1').slice(0, -2)
        if (next === '') break
        lines.push(next)
      }
      trailers.push(...fieldsOf(lines))
      return
    }
  }
  for (let left = framing; left > 0; ) {
    const part = await reader.next(left)
    left -= part.length
    yield part
  }
}

export const headOf = (first, fields) => `${[first, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n`

export const chunkOf = (data) => {
  const bytes = Buffer.from(data)
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

export const lastChunk = '0\r\n\r\n'
