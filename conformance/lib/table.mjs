/** Results as people read them. */

const marks = { pass: 'pass', fail: 'FAIL', skip: 'skip' }

const pad = (text, width) => text.padEnd(width)

export const textTable = (results) => {
  const width = Math.max(...results.map(({ row }) => row.length))
  return results
    .flatMap(({ row, expected, seen, result, tookMs }) => [
      `${marks[result]}  ${pad(row, width)}  ${seen} (${tookMs} ms)`,
      ...(result === 'fail' ? [`      ${pad('', width)}  expected: ${expected}`] : []),
    ])
    .join('\n')
}

export const countOf = (results) => {
  const count = (what) => results.filter(({ result }) => result === what).length
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip'), total: results.length }
}

export const sumOf = (results) => {
  const { passed, failed, skipped } = countOf(results)
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

const cellOf = (result) => (result === undefined || result.result === 'skip' ? '–' : result.result === 'pass' ? 'ok' : `**${result.seen}**`)

const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

/** @param {{ name: string, results: object[] }[]} peers side by side, row by row; `keep` chooses the rows. */
export const markdownTable = (peers, keep = () => true) => {
  const rows = peers[0].results.filter(keep)
  const of = (peer, row) => peer.results.find((result) => result.row === row.row)
  return [
    line(['', ...peers.map(({ name }) => name)]),
    line(['---', ...peers.map(() => '---')]),
    ...rows.map((row) => line([row.expected, ...peers.map((peer) => cellOf(of(peer, row)))])),
  ].join('\n')
}

/** Passed of run, by noun. */
export const markdownSums = (peers) => {
  const nouns = [...new Set(peers[0].results.map(({ noun }) => noun))]
  const share = (results) => {
    const { passed, skipped, total } = countOf(results)
    return `${passed}/${total - skipped}`
  }
  return [
    line(['', ...peers.map(({ name }) => name)]),
    line(['---', ...peers.map(() => '---')]),
    ...nouns.map((noun) => line([noun, ...peers.map(({ results }) => share(results.filter((result) => result.noun === noun)))])),
    line(['all', ...peers.map(({ results }) => share(results))]),
  ].join('\n')
}
