import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { clusterSecret, SECRET_VARIABLE } from './cluster/cluster-secret.ts'
import { masterAddress } from './cluster/master-address.ts'
import { optionsError } from './domain/options-error.ts'
import type { Duration } from './domain/quantity.ts'
import { nowUs } from './domain/shared-clock.ts'
import { LocustEngine } from './locust/locust-engine.ts'
import { managedMaster } from './locust/managed-master.ts'
import { duration } from './plan/load-schema.ts'
import type { Engine } from './pool/engine.ts'
import { LocalEngine } from './pool/local-engine.ts'

/** Options of `locust()`. */
export interface LocustOptions {
  /**
   * `'managed'`: a master is started with the first load and ends with the run; needs Python with Locust on this machine.
   * Else the address of a master that runs with the locustfile of this package, such as `'tcp://locust.internal:5557'`.
   * @default 'managed'
   */
  readonly master?: string
  /** Loads wait until so many workers are there. @default 1 */
  readonly minWorkers?: number
  /**
   * What this project and its workers share, at least 8 characters; keep it out of files.
   * @default the environment variable `VITEST_PERF_SECRET`
   */
  readonly secret?: string
  /**
   * Whether numbers stand when a worker is lost while a load runs. Others go on with its part either way; its last one to
   * five seconds are missing. @default false: such a measurement is invalid
   */
  readonly tolerateLostWorkers?: boolean
  /** How long a load waits for its workers. @default '60s' */
  readonly waitFor?: Duration
  /** Port of a managed master, to which workers connect. @default 5557 */
  readonly port?: number
  /** Port of a managed master's web page, on this machine only. @default 8089 */
  readonly webPort?: number
  /** Python for a managed master. @default the first of `python3`, `/usr/bin/python3`, `python` that has Locust */
  readonly python?: string
}

/** A cluster that was chosen; made by `locust()`. */
export interface LocustChoice {
  readonly kind: 'locust'
}

/** What carries the loads of a project: processes of this machine, or a cluster. */
export type EngineChoice = 'local' | LocustChoice

type Known<T> = { readonly [Key in keyof T]: T[Key] | undefined }
type KnownOptions = Known<Omit<LocustOptions, 'waitFor'> & { readonly waitFor?: number }>

const port = z.int().min(1).max(65_535, 'takes a port')
const text = z.string('takes a text').min(1, 'takes a text that is not empty')
const FIELDS = {
  master: text.optional(),
  minWorkers: z.int('takes a whole number').min(1, 'takes a number of workers from 1 on').optional(),
  secret: z.string('takes a text').optional(),
  tolerateLostWorkers: z.boolean('takes true or false').optional(),
  waitFor: duration('positive').optional(),
  port: port.optional(),
  webPort: port.optional(),
  python: text.optional(),
}
const OPTIONS: z.ZodType<KnownOptions> = z.strictObject(FIELDS)

/** Its secret is in no field, so that nothing prints it. */
class ChosenLocust implements LocustChoice {
  readonly kind = 'locust'
  readonly #options: KnownOptions

  constructor(options: KnownOptions) {
    this.#options = options
  }

  /** The engine; nothing of it runs before the first load. */
  engine({ version, note }: EngineParts): Engine {
    const { master = 'managed', secret, ...rest } = this.#options
    const address = master === 'managed' ? null : masterAddress(master, 'locust({ master })')
    const start = {
      python: rest.python ?? null,
      locustfile: fileURLToPath(new URL('./locustfile.py', import.meta.url)),
      port: rest.port ?? 5557,
      webPort: rest.webPort ?? 8089,
    }
    return new LocustEngine({
      master: () => (address === null ? managedMaster(start) : Promise.resolve(foreignMaster(address))),
      secret: () =>
        secret === undefined
          ? clusterSecret(process.env[SECRET_VARIABLE], SECRET_VARIABLE)
          : clusterSecret(secret, 'locust({ secret })'),
      minWorkers: rest.minWorkers ?? 1,
      toleratesLost: rest.tolerateLostWorkers ?? false,
      waitForUs: rest.waitFor ?? 60e6,
      version,
      nowUs,
      wallMs: Date.now,
      note,
    })
  }
}

/** What an engine works with, whichever it is. */
export interface EngineParts {
  /** Of this package. */
  readonly version: string
  /** A sentence for the user. */
  readonly note: (message: string) => void
}

/**
 * `engine: locust({ minWorkers: 3 })`: loads are carried by workers on other machines, over a Locust master. Start each
 * with `npx vitest-perf worker --master <host>`.
 * @throws LoadError `invalid-option`
 */
export function locust(options: LocustOptions = {}): EngineChoice {
  const result = OPTIONS.safeParse(options)
  if (!result.success) {
    // Never the value itself.
    const shown = 'secret' in options ? { ...options, secret: typeof options.secret } : options
    throw optionsError('locust(options)', result.error.issues, shown, Object.keys(FIELDS))
  }
  const { master = 'managed', secret } = result.data
  if (master !== 'managed') masterAddress(master, 'locust({ master })')
  if (secret !== undefined) clusterSecret(secret, 'locust({ secret })')
  return new ChosenLocust(result.data)
}

/** Of the option `engine`. */
export const ENGINE: z.ZodType<EngineChoice> = z.union(
  [z.literal('local'), z.instanceof(ChosenLocust)],
  "takes 'local' or locust(options)",
)

/** The engine that was chosen. */
export function engineOf(choice: EngineChoice, generatorEntry: URL, parts: EngineParts): Engine {
  return choice instanceof ChosenLocust ? choice.engine(parts) : new LocalEngine(generatorEntry)
}

/** A master that somebody runs: nobody here knows when it ends, but by its silence. */
function foreignMaster(address: string): Awaited<ReturnType<typeof managedMaster>> {
  return {
    address,
    workersAt: address.replace('tcp://', ''),
    endReason: null,
    close: () => Promise.resolve(),
  }
}
