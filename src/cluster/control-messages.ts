import type { GeneratorCommand, GeneratorReport } from '../pool/protocol.ts'

/*
 * How the pool, our locustfile and the workers talk inside Locust's own protocol. The pool is a node of its own on the
 * master's port (`control-...`): it never says `client_ready`, so Locust gives it no users. What the locustfile must
 * understand travels in the clear; what makes a load is sealed between pool and worker (sealed-envelope.ts), and the
 * locustfile hands it on unread.
 *
 *   pool -- join, start, stop, leave --> locustfile            (control)
 *   pool <-- which workers there are, once a second -- locustfile    (cluster)
 *   pool -- sealed PoolMessage --> locustfile --> worker             (command)
 *   pool <-- locustfile <-- sealed WorkerMessage -- worker           (report)
 *   worker -- who it is, after each `ack` --> locustfile             (hello)
 *   pool <-- locustfile <-- a message that was refused -- worker     (refused)
 */

/** Grows when one side would misunderstand the other; a worker of another version takes no load. */
export const CLUSTER_PROTOCOL = 1

/** Locust message types of ours. */
export const MESSAGE = {
  control: 'vitest_perf_control',
  cluster: 'vitest_perf_cluster',
  command: 'vitest_perf_command',
  report: 'vitest_perf_report',
  hello: 'vitest_perf_hello',
  refused: 'vitest_perf_refused',
} as const

/** Pool -> locustfile. `join` again every second, or the locustfile forgets the pool and stops what it started. */
export type ControlData =
  | { readonly do: 'join' | 'stop' | 'leave' }
  /** Lets Locust show a test as running: this many users, one for each part of the load. */
  | { readonly do: 'start'; readonly users: number }

/** Locustfile -> pool. */
export interface ClusterData {
  readonly protocol: number
  /** Version of Locust; `null` where it does not know (Debian's package). */
  readonly locust: string | null
  /** Locust's own: `ready`, `spawning`, `running`, `stopping`, `stopped`. */
  readonly state: string
  readonly workers: readonly ClusterWorkerData[]
}

/** A worker as the master knows it. */
export interface ClusterWorkerData {
  /** Locust's node id. */
  readonly id: string
  /** Locust's own: `ready`, `spawning`, `running`, `missing`. */
  readonly state: string
  /** Locust's users on it. */
  readonly users: number
  /** `null` until it has said hello: a Python worker never does. */
  readonly hello: HelloData | null
}

/** Worker -> locustfile -> pool: who can take a load. */
export interface HelloData {
  readonly protocol: number
  /** Random, new after every `client_ready`: commands are sealed for it, and older ones are worth nothing. */
  readonly session: string
  /** Of vitest-perf. */
  readonly version: string
  readonly node: string
  readonly host: string
  readonly cores: number
}

/** Pool -> locustfile -> worker; on the second leg without `to`, and `from` as the locustfile knows it. */
export interface CommandData {
  /** Node id of the worker. */
  readonly to: string
  /** A sealed {@link PoolMessage}. */
  readonly sealed: Uint8Array
}

/** Worker -> locustfile -> pool; on the second leg without `to`, and with the worker's node id as `from`. */
export interface ReportData {
  /** Node id of the pool. */
  readonly to: string
  /** A sealed {@link WorkerMessage}. */
  readonly sealed: Uint8Array
}

/** Worker -> locustfile -> pool, not sealed: whoever cannot be trusted cannot be sealed to. For people, never for verdicts. */
export interface RefusedData {
  readonly to: string
  /** One sentence. */
  readonly reason: string
}

/** A file that a plan names: the bundle of a scenario module, rows of data, an upload, audio. */
export interface LoadFile {
  /** Absolute path as the plan has it. */
  readonly path: string
  readonly bytes: Uint8Array
}

/** Sealed, pool -> worker. Times of `command` are of the pool's monotonic clock. */
export type PoolMessage =
  /** First message of a load: `command` is `prepare`. The worker pings the pool's clock before it reports `ready`. */
  | {
      readonly kind: 'prepare'
      readonly load: string
      readonly command: Extract<GeneratorCommand, { kind: 'prepare' }>
      readonly files: readonly LoadFile[]
    }
  | { readonly kind: 'command'; readonly load: string; readonly command: GeneratorCommand }
  /** Is somebody there? Locust takes a worker for ready whose connection has just been lost. Answered by `present`. */
  | { readonly kind: 'probe'; readonly probe: number }
  /** Answer to a ping: the time of the pool's monotonic clock, microseconds. */
  | { readonly kind: 'pong'; readonly ping: number; readonly atUs: number }
  /** The load is over, whatever it still does: the worker ends its generator. */
  | { readonly kind: 'end'; readonly load: string }

/** Why a worker let go: a person stopped the test on Locust's web page. Then no other worker goes on with its part. */
export const STOPPED_IN_LOCUST = 'Locust was told to stop'

/** Sealed, worker -> pool. Times of `report` are of the pool's monotonic clock. */
export type WorkerMessage =
  | { readonly kind: 'report'; readonly load: string; readonly report: GeneratorReport }
  /** Once a second while it has a load. A pool that answers none for three seconds is gone, and the load ends. */
  | { readonly kind: 'ping'; readonly ping: number }
  /** Answer to a probe. */
  | { readonly kind: 'present'; readonly probe: number }
  /** What a scenario module printed. */
  | { readonly kind: 'output'; readonly load: string; readonly text: string }
  /** The generator has gone, expected or not. */
  | { readonly kind: 'gone'; readonly load: string; readonly reason: string }
  /** The load was understood and will not be run here: a target that is not allowed, another load under way. */
  | { readonly kind: 'declined'; readonly load: string; readonly reason: string }
  /** With `ready`: how far the clocks are apart (pool minus worker) and the round trip that it was read from. */
  | { readonly kind: 'clock'; readonly load: string; readonly offsetUs: number; readonly roundTripUs: number }
