/** A client that leaves is told to the backend at once: nobody works for nobody. */
import { fail, pass, when } from '../lib/kit.mjs'

const soon = 500

const toldAfter = async (kit, leave) => {
  const left = Date.now()
  leave()
  const gone = await kit.wait('gone', soon + 300)
  if (gone === undefined) return fail(`the backend is not told within ${soon + 300} ms`)
  return when(gone.at - left <= soon, `told after ${Math.max(0, gone.at - left)} ms`)
}

const midStream = (how) => async (kit) => {
  const connection = await kit.open()
  connection.send(kit.requestOf({ path: kit.play('lines', { count: 2, every: 10, end: 'never' }) }))
  const answer = connection.begin()
  await answer.headed
  await kit.pause(50)
  return toldAfter(kit, () => connection.leave(how))
}

const beforeHead = (how) => async (kit) => {
  const connection = await kit.open()
  connection.send(kit.requestOf({ path: kit.play('late', { ms: 1800 }) }))
  if ((await kit.wait('request')) === undefined) return fail('the request never arrived')
  return toldAfter(kit, () => connection.leave(how))
}

export const aborts = [
  { name: 'mid-stream', expected: `a client closes in the middle of a stream: told within ${soon} ms`, group: 'a2', run: midStream('fin') },
  { name: 'mid-stream-rst', expected: `a client resets in the middle of a stream: told within ${soon} ms`, run: midStream('rst') },
  { name: 'before-head', expected: `a client leaves before there is a head: told within ${soon} ms`, group: 'a2', run: beforeHead('fin') },
  { name: 'before-head-rst', expected: `a client resets before there is a head: told within ${soon} ms`, run: beforeHead('rst') },
  {
    name: 'upload',
    expected: `a client leaves in the middle of its body: told within ${soon} ms, or never begun`,
    run: async (kit) => {
      const connection = await kit.open()
      const head = kit.requestOf({ method: 'POST', path: kit.play('upload'), fields: [['Content-Length', '1000000']] })
      connection.send(head)
      connection.send(Buffer.alloc(300_000, 'u'))
      if ((await kit.wait('request', 400)) === undefined) {
        connection.leave()
        return (await kit.wait('request', 300)) === undefined ? pass('never begun') : fail('begun after the client had left')
      }
      await kit.wait('begun', 400)
      return toldAfter(kit, () => connection.leave())
    },
  },
  {
    name: 'upload-chunked',
    expected: `a client leaves in the middle of a chunked body: told within ${soon} ms, and not as the end of it`,
    run: async (kit) => {
      const connection = await kit.open()
      connection.send(kit.requestOf({ method: 'POST', path: kit.play('echo'), fields: [['Transfer-Encoding', 'chunked']] }))
      connection.send('5\r\nfirst\r\n')
      const begun = await kit.wait('request', 400)
      connection.leave()
      const left = Date.now()
      const gone = begun && (await kit.wait('gone', soon + 300))
      if (kit.seen('body').length > 0) return fail('the backend took the cut body for a whole one')
      if (begun === undefined)
        return (await kit.wait('request', 300)) === undefined ? pass('never begun') : fail('begun after the client had left')
      return when(
        gone !== undefined && gone.at - left <= soon,
        gone ? `told after ${Math.max(0, gone.at - left)} ms` : 'the backend is not told',
      )
    },
  },
]
