import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import { isStagePath, STAGE_PATH_FORM } from '../domain/stage-name.ts'

type Stages = ReadonlyMap<string, number> | null

/** Stages that a scenario module names itself while an iteration of it runs. */
export class MarkedStages {
  readonly #now: () => number
  #lastMarkUs: number
  #stages: Map<string, number> | null = null

  /** @param now microseconds */
  constructor(now: () => number) {
    this.#now = now
    this.#lastMarkUs = now()
  }

  /** What has passed since the mark before, or since the beginning, was this stage. @throws LoadError `invalid-option` */
  mark(name: string): void {
    const atUs = this.#now()
    this.#add('mark', name, atUs - this.#lastMarkUs)
    this.#lastMarkUs = atUs
  }

  /** Runs a part of the iteration as this stage. @throws LoadError `invalid-option`; what `work` throws */
  async run<Result>(name: string, work: () => Promise<Result> | Result): Promise<Result> {
    requirePath('stage', name)
    const startUs = this.#now()
    try {
      return await work()
    } finally {
      this.#add('stage', name, this.#now() - startUs)
    }
  }

  /**
   * The stages of the iteration. Without marks they are those of its only request; with marks, what requests tell of the
   * parts of a marked stage comes along, added up.
   */
  with(requests: readonly Stages[]): Stages {
    if (this.#stages === null) return requests.length === 1 ? requests[0]! : null
    const all = new Map(this.#stages)
    const roots = new Set([...all.keys()].map(rootOf))
    for (const stages of requests) {
      for (const [name, us] of stages ?? []) {
        if (name.includes('/') && roots.has(rootOf(name))) all.set(name, (all.get(name) ?? 0) + us)
      }
    }
    return all
  }

  #add(call: string, name: string, us: number): void {
    requirePath(call, name)
    this.#stages ??= new Map()
    this.#stages.set(name, (this.#stages.get(name) ?? 0) + us)
  }
}

function rootOf(path: string): string {
  return path.split('/', 1)[0]!
}

function requirePath(call: string, name: unknown): void {
  if (isStagePath(name)) return
  throw new LoadError('invalid-option', `${call}(name): got ${describe(name)}, ${STAGE_PATH_FORM}`)
}
