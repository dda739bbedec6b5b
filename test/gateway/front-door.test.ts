import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isSupervisorError } from '../../src/errors.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import { Upstream } from '../helpers/upstream.ts'

const statusOf = (url: string): Promise<number> =>
  fetch(url, { method: 'HEAD', headers: { connection: 'close' } }).then(({ status }) => status)

describe('a gateway', () => {
  it('listens until it is closed, and then where it listened before', async () => {
    await using gateway = createGateway({ port: 'auto', upstream: new Upstream() })
    expect(gateway.url).toBeUndefined()
    const [first, again] = await Promise.all([gateway.listen(), gateway.listen()])
    expect(again).toEqual(first)
    expect(first).toEqual({ url: gateway.url, port: Number(new URL(first.url).port) })
    expect(await statusOf(`${first.url}/_supervise/livez`)).toBe(200)
    await Promise.all([gateway.close(), gateway.close()])
    expect(gateway.url).toBeUndefined()
    await expect(statusOf(first.url)).rejects.toThrow()
    expect(await gateway.listen()).toEqual(first)
  })

  it('that is opened while it is being closed listens afterwards', async () => {
    await using gateway = createGateway({ port: 'auto', upstream: new Upstream() })
    const first = await gateway.listen()
    const closed = gateway.close()
    expect(await gateway.listen()).toEqual(first)
    await closed
    expect(gateway.url).toBe(first.url)
    expect(await statusOf(`${first.url}/_supervise/livez`)).toBe(200)
  })

  it('that could not be opened can be opened later', async () => {
    const holder = createGateway({ port: 'auto', upstream: new Upstream() })
    const { port } = await holder.listen()
    await using gateway = createGateway({ port, upstream: new Upstream() })
    const error: unknown = await gateway.listen().catch((each: unknown) => each)
    expect(isSupervisorError(error, 'ERR_PORT_TAKEN')).toBe(true)
    // it is this process that has it, and that is told
    expect(error).toMatchObject({ message: expect.stringContaining(`pid ${process.pid}`) })
    await holder.close()
    expect((await gateway.listen()).port).toBe(port)
  })

  it('goes on telling what it has counted after it is closed', async () => {
    const gateway = createGateway({ port: 'auto', upstream: new Upstream() })
    expect(gateway.counters).toMatchObject({ requests: 0 })
    const { url } = await gateway.listen()
    await fetch(url, { headers: { origin: 'http://evil.test' }, method: 'POST' })
    expect(gateway.counters).toMatchObject({ refused: 1 })
    await gateway.close()
    expect(gateway.counters).toMatchObject({ refused: 1 })
  })

  it('tells where its token is, as long as it is there', async () => {
    await using gateway = createGateway({ port: 'auto', token: true, upstream: new Upstream() })
    const { tokenFile = '' } = await gateway.listen()
    expect(existsSync(tokenFile)).toBe(true)
    await gateway.close()
    expect(existsSync(tokenFile)).toBe(false)
  })

  it.each([
    [{ port: 70_000 }, '`port`'],
    [{ port: 'auto', host: '0.0.0.0' }, '`token`'],
    [{ port: 'auto', allowedOrigins: ['*'] }, '`allowedOrigins[0]`'],
    [{ port: 'auto', hold: { timeout: 1 } }, '`hold.timeout`'],
  ])('does not take %j', (options, named) => {
    const create = () => createGateway({ ...options, upstream: new Upstream() } as never)
    expect(create).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTIONS', message: expect.stringContaining(named) }))
  })
})
