import { type PoolMessage, STOPPED_IN_LOCUST, type WorkerMessage } from '../cluster/control-messages.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { GeneratorTeam, TeamListener } from '../pool/engine.ts'
import type { GeneratorCommand } from '../pool/protocol.ts'
import type { MasterLink, ReadyWorker } from './master-link.ts'
import { planFiles } from './plan-files.ts'

/** How long workers may take to end a load. */
const END_WITHIN_MS = 1500

/** Generators start together to this, microseconds; half of a round trip is the most that a clock is wrong by. */
const START_WITHIN_US = 20_000

/** What a team works with. */
export interface WorkerTeamParts {
  readonly link: Pick<MasterLink, 'listen' | 'tell' | 'workers'>
  /** One for each generator, in order. */
  readonly workers: readonly ReadyWorker[]
  /** Tells this load from all others. */
  readonly load: string
  /** The generators start now: Locust shows it. */
  readonly started: () => void
  /** Nothing of them runs any more. */
  readonly ended: () => void
  /** A sentence for the user. */
  readonly note: (message: string) => void
}

/** The generators of one load, each of them a worker of the cluster. */
export class WorkerTeam implements GeneratorTeam {
  readonly #parts: WorkerTeamParts
  readonly #listener: TeamListener
  /** Generators whose workers still have the load. */
  readonly #living: Set<number>
  readonly #unlisten: () => void
  #prepared = false
  #closing: Promise<void> | null = null
  #wake: () => void = () => undefined

  constructor(plan: LoadPlan, parts: WorkerTeamParts, listener: TeamListener) {
    this.#parts = parts
    this.#listener = listener
    this.#living = new Set(parts.workers.keys())
    this.#unlisten = parts.link.listen({
      message: (session, message) => this.#hear(session, message),
      changed: () => this.#look(),
      silent: (reason) => listener.stopped(`the Locust master ${reason}`),
    })
    namesOf(parts.workers).forEach((name, index) => listener.named(index, name))
    void this.#prepare(plan)
  }

  send(generator: number, command: GeneratorCommand): void {
    if (!this.#prepared) return
    if (command.kind === 'go' && generator === 0) this.#parts.started()
    this.#tell(generator, { kind: 'command', load: this.#parts.load, command })
  }

  drop(generator: number): void {
    this.#tell(generator, { kind: 'end', load: this.#parts.load })
    this.#living.delete(generator)
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #prepare(plan: LoadPlan): Promise<void> {
    try {
      const files = await planFiles(plan)
      if (this.#closing !== null) return
      this.#prepared = true
      const count = this.#parts.workers.length
      for (const index of this.#living) {
        const command = { kind: 'prepare', plan, part: { index, count }, parentPid: process.pid } as const
        this.#tell(index, { kind: 'prepare', load: this.#parts.load, command, files })
      }
    } catch (error) {
      this.#listener.stopped((error as Error).message)
    }
  }

  async #end(): Promise<void> {
    for (const index of this.#living) this.#tell(index, { kind: 'end', load: this.#parts.load })
    if (!this.#prepared) this.#living.clear()
    const deadline = Date.now() + END_WITHIN_MS
    while (this.#living.size > 0 && Date.now() < deadline) await this.#next(deadline - Date.now())
    this.#unlisten()
    this.#parts.ended()
  }

  #tell(generator: number, message: PoolMessage): void {
    if (this.#living.has(generator)) this.#parts.link.tell(this.#parts.workers[generator]!, message)
  }

  #hear(session: string, message: WorkerMessage): void {
    const index = this.#parts.workers.findIndex(({ hello }) => hello.session === session)
    if (
      index < 0 ||
      !this.#living.has(index) ||
      message.kind === 'ping' ||
      message.kind === 'present' ||
      message.load !== this.#parts.load
    )
      return
    switch (message.kind) {
      case 'report':
        // A worker speaks for itself alone.
        if (message.report.index === index) this.#listener.report(message.report)
        return
      case 'output':
        return this.#listener.output(message.text)
      case 'gone':
        if (message.reason === STOPPED_IN_LOCUST && this.#closing === null) {
          this.#living.delete(index)
          this.#listener.stopped("somebody stopped the test on Locust's web page")
          return
        }
        return this.#gone(index, `let go of the load: ${message.reason}`)
      case 'declined':
        return this.#gone(index, `declined the load: ${message.reason}`)
      case 'clock':
        return this.#compareClock(index, message.roundTripUs)
    }
  }

  #compareClock(index: number, roundTripUs: number): void {
    const errorUs = roundTripUs / 2
    if (errorUs <= START_WITHIN_US) return
    const worker = namesOf(this.#parts.workers)[index]!
    this.#parts.note(
      `the clock of worker ${worker} is known to ${Math.round(errorUs / 1000)} ms only, as the network to it is slow: it may ` +
        'start that much before or after the others',
    )
  }

  /** A worker that comes back under another session has let go of everything. */
  #look(): void {
    for (const index of this.#living) {
      const { id, hello } = this.#parts.workers[index]!
      const now = this.#parts.link.workers.find((worker) => worker.id === id)
      if (now !== undefined && now.hello.session !== hello.session)
        this.#gone(index, 'let go of the load and came back')
    }
  }

  #gone(index: number, reason: string): void {
    this.#living.delete(index)
    this.#wake()
    if (this.#closing === null) this.#listener.lost(index, reason)
  }

  #next(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** The host's name, and Locust's where a host has several workers. */
function namesOf(workers: readonly ReadyWorker[]): readonly string[] {
  return workers.map(({ id, hello: { host } }) =>
    workers.filter((other) => other.hello.host === host).length > 1 ? `${host} (${id})` : host,
  )
}
