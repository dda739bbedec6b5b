import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { GatewaySpec } from '../config/gateway.ts'
import { errnoOf } from '../errors.ts'
import { Attempt, type AttemptListener } from './attempt.ts'
import type { Counters } from './counters.ts'
import { type Gate, type Generation, isGeneration } from './gate.ts'
import { tellAtLastMs } from './life.ts'
import { lostTwice } from './lost-twice.ts'
import { watchOpenEnd } from './open-ended.ts'
import { Parcel } from './parcel.ts'
import type { Backend, Pools } from './pools.ts'
import type { Problem } from './problem.ts'
import { Reply } from './reply.ts'
import { requestHeaders } from './request-headers.ts'
import { answerUnreadable, backendLost, bodyTooLarge, codingUnknown, notPassable } from './request-problems.ts'
import { afterLoss, isSafeToRepeat } from './retry.ts'
import type { Visitor } from './visitor.ts'
import { abortedWithin } from './within.ts'

/** Kept in memory, and sent again where that is safe. */
const smallBytes = 64 * 1024

export interface ExchangeWorld {
  readonly gate: Gate
  readonly pools: Pools
  readonly counters: Counters
  readonly spec: Pick<GatewaySpec, 'maxBodyBytes' | 'idempotencyKey' | 'allowedOrigins'>
  /** Of the door. */
  readonly port: number
  /** Answers in the place of the backend. */
  readonly refuse: (request: IncomingMessage, response: ServerResponse, problem: Problem, visitor: Visitor) => void
}

/** What is known of a connection of a client. */
export interface Caller {
  /** Of the client. */
  readonly address: string
  readonly exchanges: Set<Exchange>
}

/** A request that was let in, until it is answered. */
export class Exchange implements AttemptListener {
  readonly #world: ExchangeWorld
  readonly #caller: Caller
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #reply: Reply
  readonly #visitor: Visitor
  readonly #method: string
  /** The client sends its body when it is told to. */
  #expects: boolean
  #parcel: Parcel | undefined
  #body: Buffer | Readable | null = null
  #gone: AbortController | undefined
  #generation: Generation | undefined
  #backend: Backend | undefined
  #attempt: Attempt | undefined
  #leave: (() => void) | undefined
  #headers: readonly string[] = []
  #headersFor: Backend | undefined
  /** Processes that have lost it after something had been sent. */
  #losses: Generation[] = []
  /** Of an answer that ends with its connection. */
  #isWhole: (() => Promise<boolean>) | undefined
  #isAlone = false
  #isRepeated = false
  #isOver = false

  constructor(
    world: ExchangeWorld,
    caller: Caller,
    request: IncomingMessage,
    response: ServerResponse,
    { visitor, expects }: { readonly visitor: Visitor; readonly expects: boolean },
  ) {
    this.#world = world
    this.#caller = caller
    this.#request = request
    this.#response = response
    this.#reply = new Reply(request, response, {
      crossOrigin: visitor.crossOrigin,
      variesByOrigin: world.spec.allowedOrigins.length > 0,
    })
    this.#visitor = visitor
    this.#method = request.method ?? 'GET'
    this.#expects = expects
  }

  start(): void {
    this.#world.counters.requests += 1
    this.#caller.exchanges.add(this)
    const { 'content-length': declared, 'transfer-encoding': coding } = this.#request.headers
    if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked') return void this.#refuse(codingUnknown)
      this.#parcel = this.#parcelOf(undefined)
    } else if (declared !== undefined && declared !== '0') {
      const length = Number(declared)
      if (length > this.#world.spec.maxBodyBytes) return void this.#refuse(bodyTooLarge(this.#world.spec.maxBodyBytes))
      if (length > 0) this.#parcel = this.#parcelOf(length)
    }
    if (this.#isSmall && !this.#expects) return void this.#collect()
    this.#pass()
  }

  /** The client has gone: nobody wants an answer. */
  left(): void {
    if (this.#isOver) return
    this.#finish()
    this.#gone?.abort()
    this.#attempt?.drop()
    this.#parcel?.discard()
  }

  /** The door closes, or its process is to end: what has been answered is not taken for the whole. False where nothing has been. */
  breakOff(): boolean {
    if (this.#isOver || !this.#reply.hasBegun) return false
    this.#attempt?.drop()
    this.#cut()
    return true
  }

  get #isSafe(): boolean {
    const hasKey = this.#request.headers['idempotency-key'] !== undefined
    return isSafeToRepeat(this.#method, hasKey, this.#world.spec.idempotencyKey)
  }

  get #isSmall(): boolean {
    const length = this.#parcel?.length
    return length !== undefined && length <= smallBytes
  }

  #parcelOf(length: number | undefined): Parcel {
    const limitBytes = this.#world.spec.maxBodyBytes
    return new Parcel(this.#request, { length, limitBytes, onTooLarge: () => this.#tooLarge() })
  }

  #tooLarge(): void {
    if (this.#isOver) return
    this.#attempt?.drop()
    if (this.#reply.hasBegun) return void this.#cut()
    this.#refuse(bodyTooLarge(this.#world.spec.maxBodyBytes))
  }

  #collect(): void {
    this.#parcel?.collect((body) => {
      if (this.#isOver) return
      this.#body = body
      this.#pass()
    })
  }

  #pass(after?: Generation): void {
    const { gate } = this.#world
    const generation = after === undefined ? gate.generation : undefined
    if (generation !== undefined) this.#send(generation)
    else void this.#wait(after)
  }

  async #wait(after: Generation | undefined): Promise<void> {
    this.#gone ??= new AbortController()
    const bytes = this.#body instanceof Buffer ? this.#body.length : this.#expects ? 0 : (this.#parcel?.keep() ?? 0)
    const passed = await this.#world.gate.pass({ signal: this.#gone.signal, bytes, after })
    if (this.#isOver) return
    if (isGeneration(passed)) this.#send(passed)
    else this.#refuse(passed)
  }

  /** For what may not be sent twice: its process has just lost a connection, and may be dying. */
  async #sendUnlessDead(generation: Generation, withinMs: number): Promise<void> {
    await abortedWithin(withinMs, generation.retired)
    if (this.#isOver) return
    if (isLeft(generation)) this.#pass()
    else this.#dispatch(generation)
  }

  #send(generation: Generation): void {
    const { doubtedMs } = generation.life
    if (doubtedMs > 0 && !this.#isSafe) void this.#sendUnlessDead(generation, doubtedMs)
    else this.#dispatch(generation)
  }

  #dispatch(generation: Generation): void {
    if (this.#expects) {
      // somebody is there who takes it
      this.#expects = false
      this.#response.writeContinue()
      if (this.#isSmall) return void this.#collect()
    }
    const backend = this.#world.pools.of(generation)
    this.#generation = generation
    this.#backend = backend
    this.#leave = this.#world.gate.enter(generation, 'request')
    if (this.#attempt !== undefined && !this.#isRepeated) {
      this.#isRepeated = true
      this.#world.counters.repeated += 1
    }
    const isStreamed = this.#parcel !== undefined && !(this.#body instanceof Buffer)
    const attempt = new Attempt(this, { isHead: this.#method === 'HEAD', isStreamed })
    this.#attempt = attempt
    if (this.#headersFor !== backend) this.#address(backend)
    if (isStreamed) this.#body = this.#parcel!.open()
    const options = { path: this.#visitor.target, method: this.#method, headers: this.#headers as string[], body: this.#body }
    if (this.#isAlone) backend.sendAlone(options, attempt)
    else backend.send(options, attempt)
  }

  #address(backend: Backend): void {
    const { port } = this.#world
    this.#headersFor = backend
    const sender = { address: this.#caller.address, port }
    // its id comes last, and stays
    const id = this.#headers.at(-1)
    const newId = id === undefined ? randomUUID : () => id
    this.#headers = requestHeaders(this.#request.rawHeaders, this.#visitor, sender, backend, newId)
  }

  onInformation(status: number, raw: readonly Buffer[]): void {
    this.#reply.inform(status, raw, this.#backend!)
  }

  onHead(status: number, raw: readonly Buffer[], message: string, isOpenEnded: boolean): void {
    if (isOpenEnded) this.#isWhole = watchOpenEnd(this.#generation!)
    // an upload that is not read to its end cannot be followed by another request
    const isLast = this.#parcel !== undefined && !this.#parcel.isComplete
    const type = this.#reply.begin(status, raw, message, this.#backend!, isLast)
    if (type === 'text/event-stream') {
      const leave = this.#leave
      this.#leave = this.#world.gate.enter(this.#generation!, 'stream', () => this.breakOff())
      leave?.()
    }
  }

  onData(chunk: Buffer, resume: () => void): boolean {
    return this.#reply.write(chunk, resume)
  }

  onEnd(trailers: readonly (Buffer | string)[] | null): void {
    if (this.#isOver) return
    if (this.#isWhole === undefined) this.#end(trailers)
    else void this.#endIfWhole(this.#isWhole())
  }

  async #endIfWhole(whole: Promise<boolean>): Promise<void> {
    const isWhole = await whole
    if (this.#isOver) return
    if (isWhole) this.#end(null)
    else this.#cut()
  }

  #end(trailers: readonly (Buffer | string)[] | null): void {
    this.#finish()
    this.#parcel?.discard()
    this.#reply.end(trailers, this.#backend!)
  }

  onLost(error: Error): void {
    if (this.#isOver) return
    const { isSent, isAnswered } = this.#attempt!
    if (isSent && !isGarbled(error)) this.#generation!.life.doubt()
    if (this.#reply.hasBegun) return void this.#cut()
    this.#leave?.()
    this.#leave = undefined
    const code = errnoOf(error)
    if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return void this.#refuse(notPassable)
    const generation = this.#generation!
    const isSafe = this.#isSafe
    const isWhole = this.#parcel === undefined || this.#body instanceof Buffer || !this.#parcel.isOpened
    const verdict = afterLoss({ isSent, isAnswered, isSafe, isWhole, before: this.#losses.length })
    if (isSent) this.#losses.push(generation)
    this.#isAlone = false
    switch (verdict) {
      case 'wait':
        return void this.#pass(generation)
      case 'repeat':
        return void this.#repeat(generation)
      case 'give-up':
        if (!isSafe) this.#world.counters.wouldHaveDuplicated += 1
        this.#world.counters.lost += 1
        return void this.#giveUp(error, isSafe)
    }
  }

  /** Was it the connection, which had been idle for too long, or the process? A connection of its own tells. */
  async #repeat(generation: Generation): Promise<void> {
    await abortedWithin(tellAtLastMs, generation.retired)
    if (this.#isOver) return
    if (isLeft(generation)) return void this.#pass(generation)
    this.#isAlone = true
    this.#dispatch(generation)
  }

  async #giveUp(error: Error, isSafe: boolean): Promise<void> {
    const [method, { target }] = [this.#method, this.#visitor]
    if (this.#attempt?.isAnswered === true) {
      return void this.#refuse(isGarbled(error) ? answerUnreadable(method, target, error.message) : backendLost(method, target, 'answered'))
    }
    const [first, second] = this.#losses
    if (first === undefined || second === undefined) return void this.#refuse(backendLost(method, target, isSafe ? 'unread' : 'unsafe'))
    this.#refuse(await lostTwice(method, target, first, second))
  }

  #refuse(problem: Problem): void {
    if (this.#isOver) return
    this.#finish()
    this.#parcel?.discard()
    this.#world.refuse(this.#request, this.#response, problem, this.#visitor)
  }

  #cut(): void {
    this.#world.counters.cut += 1
    this.#finish()
    this.#parcel?.discard()
    this.#reply.cut()
  }

  #finish(): void {
    this.#isOver = true
    this.#caller.exchanges.delete(this)
    this.#leave?.()
    this.#leave = undefined
  }
}

const isLeft = ({ ended, retired }: Generation): boolean => ended.aborted || retired.aborted

/** Something came, but nothing that HTTP knows. */
const isGarbled = (error: Error): boolean =>
  // whose codes are missing
  error.name === 'HTTPParserError' ||
  /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW$|UND_ERR_RES_CONTENT_LENGTH_MISMATCH$|ERR_INVALID_CHAR$)/.test(errnoOf(error) ?? '')
