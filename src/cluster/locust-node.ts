import type { LocustReport } from './locust-stats.ts'

/** What a node does besides Locust's own talk. */
export interface LocustNodeListener {
  /** The master knows this worker now, or again. */
  registered(): void
  /** Locust's test runs, with users on this worker. */
  spawned(): void
  /** Somebody ended Locust's test: the pool when its load is over, or a person on the web page. */
  stopped(): void
  /** The master shuts down. */
  quit(): void
}

/** What a worker's heartbeat tells of its machine. */
export interface NodeUsage {
  /** Percent of one core. */
  readonly cpuPercent: number
  readonly rssBytes: number
}

/** Longest that a master takes to answer. */
const ACK_WITHIN_MS = 3000

/**
 * A worker in Locust's own talk: it registers, tells that it lives, takes users and gives them back. Its users do nothing;
 * they are what Locust shows.
 * @see locust/runners.py, WorkerRunner and MasterRunner.client_listener
 */
export class LocustNode {
  readonly #send: (type: string, data: unknown) => void
  readonly #listener: LocustNodeListener
  #askedMs: number | null = null
  #registered = false
  #state: 'ready' | 'running' = 'ready'
  #users: Readonly<Record<string, number>> = {}
  #spawnedAt = -Infinity

  constructor(send: (type: string, data: unknown) => void, listener: LocustNodeListener) {
    this.#send = send
    this.#listener = listener
  }

  /** The master can be reached, or must forget what it knew of this worker: it registers. */
  register(nowMs: number): void {
    this.#registered = false
    this.#askedMs = nowMs
    this.#state = 'ready'
    this.#users = {}
    // -1: a worker of another kind, whose version says nothing.
    this.#send('client_ready', -1)
  }

  /** The master cannot be reached. @returns whether it knew this worker until now */
  disconnected(): boolean {
    const knew = this.#registered
    this.#registered = false
    this.#askedMs = null
    return knew
  }

  /** True when the master should have answered by now: it takes this node for another one. */
  isUnanswered(nowMs: number): boolean {
    return !this.#registered && this.#askedMs !== null && nowMs - this.#askedMs >= ACK_WITHIN_MS
  }

  /** Once a second. The master would trip over the report of a worker that it does not know. */
  tick({ cpuPercent, rssBytes }: NodeUsage, report: LocustReport): void {
    if (!this.#registered) return
    this.#send('heartbeat', { state: this.#state, current_cpu_usage: cpuPercent, current_memory_usage: rssBytes })
    this.#send('stats', { ...report, ...this.#counts() })
  }

  /** It leaves for good. */
  leave(): void {
    if (this.#registered) this.#send('quit', null)
  }

  /** @returns false for a message that is not Locust's own */
  receive(type: string, data: unknown, nowMs: number): boolean {
    switch (type) {
      case 'ack':
        this.#registered = true
        this.#listener.registered()
        return true
      case 'spawn':
        this.#spawn(data as SpawnData)
        return true
      case 'stop':
        if (!this.#registered) return true
        this.#listener.stopped()
        this.#send('client_stopped', null)
        this.register(nowMs)
        return true
      case 'quit':
        // It says so twice.
        if (!this.#registered) return true
        // A master that stays has taken this worker for one that it does not know.
        this.#registered = false
        this.#askedMs = nowMs
        this.#listener.quit()
        return true
      case 'reconnect':
        this.register(nowMs)
        return true
      case 'heartbeat':
        return true
      default:
        return false
    }
  }

  #spawn({ timestamp, user_classes_count: users }: SpawnData): void {
    if (!this.#registered) return
    this.#send('spawning', null)
    // A spawn that was overtaken by a later one.
    if (timestamp <= this.#spawnedAt) return
    this.#spawnedAt = timestamp
    this.#users = users
    this.#state = 'running'
    this.#send('spawning_complete', this.#counts())
    this.#listener.spawned()
  }

  #counts(): { user_classes_count: Readonly<Record<string, number>>; user_count: number } {
    const count = Object.values(this.#users).reduce((total, users) => total + users, 0)
    return { user_classes_count: this.#users, user_count: count }
  }
}

interface SpawnData {
  /** Unix time of the master, seconds. */
  readonly timestamp: number
  readonly user_classes_count: Readonly<Record<string, number>>
}
