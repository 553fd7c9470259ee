import { cpus, totalmem } from 'node:os'
import type { ContainerTarget } from '../domain/monitor-plan.ts'
import type { ResourceValues, WatchedResource } from '../domain/resource.ts'
import { containerUse, inspectedContainer, type InspectedContainer, listedContainers } from './container-answer.ts'
import type { ContainerDaemon, DaemonAnswer } from './container-daemon.ts'
import { ContainerHistory, type SeenContainer } from './container-history.ts'
import type { Monitor, NoteListener } from './monitor.ts'

/** The daemon reads files of the kernel for each question. */
const EVERY_US = 2_000_000

/** A daemon's answer is not what it should be. */
class Unreadable extends Error {}

/** Watches a container by name, or all with a label together, through the daemon. They may come and go at any time. */
export class ContainerMonitor implements Monitor {
  readonly everyUs: number = EVERY_US
  readonly #target: ContainerTarget
  readonly #daemon: ContainerDaemon
  readonly #nowMs: () => number
  readonly #history = new ContainerHistory({ cores: cpus().length, memoryBytes: totalmem() })
  #limits: Pick<WatchedResource, 'cores' | 'memoryBytes'> = { cores: null, memoryBytes: null }
  #say: NoteListener = () => undefined
  /** Until when events were asked for, milliseconds since 1970. */
  #eventsUntilMs: number
  #tellsEvents = false
  #stopped = false

  /** @param nowMs milliseconds since 1970 */
  constructor(target: ContainerTarget, daemon: ContainerDaemon, nowMs: () => number = Date.now) {
    this.#target = target
    this.#daemon = daemon
    this.#nowMs = nowMs
    this.#eventsUntilMs = nowMs()
  }

  /** Cores and memory are its limits, where it has some. */
  get watched(): WatchedResource {
    return { kind: 'container', name: this.#target.name, ...this.#limits }
  }

  async start(say: NoteListener): Promise<readonly string[]> {
    this.#say = say
    try {
      const found = await this.#inspectAll()
      if (found.some(({ running }) => running)) return []
      return [found.length > 0 ? 'it does not run: n/a until it does' : `${this.#missing()}: n/a until there is one`]
    } catch (error) {
      return [`${(error as Error).message}: n/a meanwhile`]
    }
  }

  async sample(): Promise<ResourceValues | null> {
    try {
      const seen = await Promise.all((await this.#inspectAll()).map((inspected) => this.#use(inspected)))
      return this.#history.take(seen, await this.#oomKills())
    } catch (error) {
      if (!this.#stopped) this.#say(`${(error as Error).message}: n/a meanwhile`)
      return null
    }
  }

  stop(): void {
    this.#stopped = true
    this.#daemon.stop()
  }

  #missing(): string {
    return this.#target.by === 'name'
      ? `there is no container '${this.#target.containerName}'`
      : `no container has the label ${this.#target.label}`
  }

  async #inspectAll(): Promise<readonly InspectedContainer[]> {
    const all = await Promise.all((await this.#ids()).map((id) => this.#inspect(id)))
    const found = all.filter((one) => one !== null)
    this.#limits = limitsOf(found)
    return found
  }

  async #ids(): Promise<readonly string[]> {
    if (this.#target.by === 'name') return [encodeURIComponent(this.#target.containerName)]
    const filters = encodeURIComponent(JSON.stringify({ label: [this.#target.label] }))
    const text = await this.#text(`/containers/json?all=true&filters=${filters}`)
    return text === null ? [] : read(listedContainers(text))
  }

  async #inspect(id: string): Promise<InspectedContainer | null> {
    const text = await this.#text(`/containers/${id}/json`)
    return text === null ? null : read(inspectedContainer(text))
  }

  async #use(inspected: InspectedContainer): Promise<SeenContainer> {
    const key = this.#target.by === 'name' ? this.#target.name : inspected.id
    if (!inspected.running) return { key, inspected, use: null }
    const text = await this.#text(`/containers/${inspected.id}/stats?stream=false&one-shot=true`)
    return { key, inspected, use: text === null ? null : containerUse(text) }
  }

  /**
   * How often the kernel killed something in the containers for want of memory since the last question. Docker alone tells;
   * it forgets the mark of a container that was started anew, and tells nothing of kills that a container survives, but in
   * its events.
   * @returns `null` where it is not told
   */
  async #oomKills(): Promise<number | null> {
    if (!this.#tellsEvents) return null
    const [sinceMs, untilMs] = [this.#eventsUntilMs, this.#nowMs()]
    if (untilMs <= sinceMs) return 0
    const { by } = this.#target
    const which = by === 'name' ? { container: [this.#target.containerName] } : { label: [this.#target.label] }
    const filters = encodeURIComponent(JSON.stringify({ type: ['container'], event: ['oom'], ...which }))
    const text = await this.#text(`/events?since=${sinceMs / 1e3}&until=${untilMs / 1e3}&filters=${filters}`)
    this.#eventsUntilMs = untilMs
    return text === null ? 0 : text.split('\n').filter((line) => line.trim() !== '').length
  }

  async #text(path: string): Promise<string | null> {
    const answer: DaemonAnswer = await this.#daemon.get(path)
    if (answer.kind === 'failed') throw new Unreadable(answer.reason)
    if (answer.kind === 'missing') return null
    this.#tellsEvents = answer.server.startsWith('Docker')
    return answer.text
  }
}

/** @throws Unreadable */
function read<Value>(value: Value | null): Value {
  if (value === null) throw new Unreadable('the container daemon did not answer as Docker or Podman do')
  return value
}

/** Of all together; `null` as soon as one has none. */
function limitsOf(all: readonly InspectedContainer[]): Pick<WatchedResource, 'cores' | 'memoryBytes'> {
  const total = (of: (one: InspectedContainer) => number | null): number | null =>
    all.length === 0 || all.some((one) => of(one) === null) ? null : all.reduce((sum, one) => sum + of(one)!, 0)
  return { cores: total(({ limits }) => limits.cores), memoryBytes: total(({ limits }) => limits.memoryBytes) }
}
