import { type AllowedTarget, forbiddenTarget } from './allowed-targets.ts'
import {
  CLUSTER_PROTOCOL,
  type CommandData,
  type HelloData,
  MESSAGE,
  type PoolMessage,
  type RefusedData,
  type ReportData,
  STOPPED_IN_LOCUST,
  type WorkerMessage,
} from './control-messages.ts'
import { Fence, type FenceTime } from './fence.ts'
import type { LocustCodec } from './locust-codec.ts'
import { LocustNode, type NodeUsage } from './locust-node.ts'
import { LocustStats } from './locust-stats.ts'
import type { MasterSocket, OpenMasterSocket } from './master-socket.ts'
import { ENDED, PoolSession } from './pool-session.ts'
import { type EnvelopeKeys, newSession, Opener, Sealer } from './sealed-envelope.ts'
import type { CarryLoad } from './worker-load.ts'

/** What a worker works with. */
export interface ClusterWorkerParts {
  readonly codec: LocustCodec
  readonly keys: EnvelopeKeys
  readonly open: OpenMasterSocket
  readonly carry: CarryLoad
  /** `null`: everywhere. */
  readonly allowed: readonly AllowedTarget[] | null
  readonly about: Pick<HelloData, 'version' | 'node' | 'host' | 'cores'>
  /** A name that no other worker has. */
  readonly newId: () => string
  /** Monotonic clock, microseconds. */
  readonly clockUs: () => number
  /** Unix time, milliseconds. */
  readonly wallMs: () => number
  /** Of this process; its generators tell of themselves. */
  readonly usage: () => NodeUsage
  /** One line for the person who runs the worker. */
  readonly say: (line: string) => void
  /** The master shuts down. */
  readonly quit: () => void
}

/** Pools are few; the sessions of those that came and went are forgotten, the oldest first. */
const MOST_POOLS = 100

/** How long a first answer may take before the person who waits is told. */
const PATIENCE_MS = 5000

const FENCED = {
  frozen: 'the worker was frozen for over 3 s: by now its part of the load is carried by others',
  deserted: 'nothing was heard of the pool for 3 s',
} as const

/**
 * A worker of a cluster: it stays with a master, takes sealed loads from one pool at a time, and lets go of them by itself
 * when nobody could tell it to. Its owner calls `look()` four times a second and `tick()` once.
 */
export class ClusterWorker {
  readonly #parts: ClusterWorkerParts
  readonly #stats: LocustStats
  readonly #fence: Fence
  /** By the session of the pool. */
  readonly #pools = new Map<string, PoolSession>()
  /** Last word of each load's generator. */
  readonly #health = new Map<string, NodeUsage>()
  readonly #refusals = new Set<string>()
  readonly #startedMs: number
  #isWaitTold = false
  /** Session that the person who runs it was told of. */
  #greeted = ''
  #id!: string
  #node!: LocustNode
  #socket!: MasterSocket
  #session!: string
  #opener!: Opener
  /** Whether Locust shows the loads that are carried now as a test. */
  #shown = false

  constructor(parts: ClusterWorkerParts) {
    this.#parts = parts
    this.#stats = new LocustStats(parts.wallMs)
    this.#fence = new Fence(this.#now())
    this.#startedMs = this.#now().monotonicMs
    this.#newSession()
    this.#connect()
  }

  /** Lets go of loads that are nobody's any more, and finds a master that does not answer. */
  look(): void {
    const now = this.#now()
    if (this.#loads === 0) this.#fence.heard(now)
    const cause = this.#fence.tick(now)
    if (cause !== null) this.#letGo(FENCED[cause])
    if (cause === 'frozen') {
      this.#newSession()
      this.#node.register(now.monotonicMs)
    } else if (this.#node.isUnanswered(now.monotonicMs)) {
      this.#reconnect()
    }
    if (this.#isWaitTold || now.monotonicMs - this.#startedMs < PATIENCE_MS) return
    this.#isWaitTold = true
    this.#parts.say('no master answers there yet: still trying')
  }

  /** Tells the master that it lives, and what Locust shows. */
  tick(): void {
    this.#employer?.ping()
    this.#refusals.clear()
    if (this.#loads === 0) this.#health.clear()
    const parts = [this.#parts.usage(), ...this.#health.values()]
    this.#node.tick(
      {
        cpuPercent: parts.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0),
        rssBytes: parts.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
      },
      this.#stats.drain(),
    )
  }

  /** Leaves the master; resolves when nothing of any load is left. */
  async close(): Promise<void> {
    await this.#employer?.end('the worker was ended')
    this.#node.leave()
    await this.#socket.close()
  }

  /** The pool whose loads are carried. */
  get #employer(): PoolSession | null {
    return [...this.#pools.values()].find(({ loads }) => loads > 0) ?? null
  }

  get #loads(): number {
    return this.#employer?.loads ?? 0
  }

  #now(): FenceTime {
    return { monotonicMs: this.#parts.clockUs() / 1000, wallMs: this.#parts.wallMs() }
  }

  #letGo(reason: string): void {
    const employer = this.#employer
    if (employer === null) return
    this.#parts.say(`load ended: ${reason}`)
    void employer.end(reason)
  }

  /** What was sealed for the session before is worth nothing any more. */
  #newSession(): void {
    this.#session = newSession()
    this.#opener = new Opener(this.#parts.keys.command, this.#session, this.#parts.wallMs)
    this.#pools.clear()
  }

  /** As somebody else: a master takes no second connection of a name while it holds on to a dead one. */
  #reconnect(): void {
    this.#parts.say('the master does not answer: connecting anew')
    this.#letGo('the master does not answer')
    void this.#socket.close()
    this.#newSession()
    this.#connect()
  }

  #connect(): void {
    this.#id = this.#parts.newId()
    const node = new LocustNode((type, data) => this.#send(type, data), {
      registered: () => this.#hello(),
      spawned: () => (this.#shown = this.#loads > 0),
      stopped: () => {
        if (this.#shown) this.#letGo(STOPPED_IN_LOCUST)
      },
      quit: () => {
        this.#letGo('the master shuts down')
        this.#parts.quit()
      },
    })
    this.#node = node
    this.#socket = this.#parts.open(this.#id, {
      connected: () => node.register(this.#now().monotonicMs),
      disconnected: () => {
        if (node.disconnected()) this.#parts.say('the master is gone: waiting for it')
      },
      received: (bytes) => this.#receive(bytes),
    })
  }

  #send(type: string, data: unknown): void {
    this.#socket.send(this.#parts.codec.encode({ type, data, nodeId: this.#id }))
  }

  #hello(): void {
    const hello: HelloData = { protocol: CLUSTER_PROTOCOL, session: this.#session, ...this.#parts.about }
    this.#send(MESSAGE.hello, hello)
    this.#isWaitTold = true
    // After each test of Locust it registers again: no news.
    if (this.#greeted === this.#session) return
    this.#greeted = this.#session
    this.#parts.say(`ready as ${this.#id}`)
  }

  #receive(bytes: Uint8Array): void {
    const message = this.#parts.codec.decode(bytes)
    if (message === null) return
    if (message.type === MESSAGE.command) this.#command(message.data as FromLocustfile | null)
    else this.#node.receive(message.type, message.data, this.#now().monotonicMs)
  }

  #command(data: FromLocustfile | null): void {
    // After a freeze what waited in the network may come before the timers.
    this.look()
    const from = typeof data?.from === 'string' ? data.from : ''
    const opened = this.#opener.open(data?.sealed)
    if ('refused' in opened) return this.#refuse(from, opened.refused)
    const message = this.#parts.codec.unpack(opened.body) as PoolMessage
    const pool = this.#pool(opened.from, from)
    if (this.#loads === 0) this.#shown = false
    if (this.#loads === 0 || this.#employer === pool) this.#fence.heard(this.#now())
    pool.receive(message)
  }

  /** The worker goes on; whoever sent it may be told why, but not in confidence. */
  #refuse(from: string, reason: string): void {
    // One line for a burst of the same.
    if (this.#refusals.has(reason)) return
    this.#refusals.add(reason)
    this.#parts.say(`refused a message from ${JSON.stringify(from)}: ${reason}`)
    if (from === '') return
    const refused: RefusedData = { to: from, reason }
    this.#send(MESSAGE.refused, refused)
  }

  #pool(session: string, node: string): PoolSession {
    const known = this.#pools.get(session)
    if (known !== undefined) return known
    const { codec, keys, carry, allowed, clockUs, wallMs } = this.#parts
    const sealer = new Sealer(keys.report, { from: this.#session, to: session }, wallMs)
    const pool: PoolSession = new PoolSession({
      carry,
      clockUs,
      send: (message: WorkerMessage) => {
        if (message.kind === 'gone' && message.reason === ENDED) this.#parts.say('load over')
        const report: ReportData = { to: node, sealed: sealer.seal(codec.pack(message)) }
        this.#send(MESSAGE.report, report)
      },
      decline: ({ plan }) => {
        const employer = this.#employer
        if (employer !== null && employer !== pool) return 'the worker carries the load of another pool'
        const forbidden = allowed === null ? null : forbiddenTarget(plan, allowed)
        this.#parts.say(forbidden === null ? `load: ${plan.scenario.name}` : `declined a load: ${forbidden}`)
        return forbidden
      },
      reported: (load, report) => {
        if (report.kind !== 'delta') return
        this.#stats.add(report, wallMs() - report.atUs / 1000)
        this.#health.set(load, { cpuPercent: report.cpuShare * 100, rssBytes: report.rssBytes })
      },
    })
    this.#pools.set(session, pool)
    for (const [old, { loads }] of this.#pools) {
      if (this.#pools.size > MOST_POOLS && loads === 0 && old !== session) this.#pools.delete(old)
    }
    return pool
  }
}

/** A command as the locustfile hands it on: from anybody. */
type FromLocustfile = { readonly [K in keyof CommandData | 'from']?: unknown }
