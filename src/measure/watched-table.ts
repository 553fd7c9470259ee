import type { LiveResource } from '../domain/live.ts'
import type { ResourceSample, ResourceValues, WatchedData, WatchedResource } from '../domain/resource.ts'
import type { TargetTotals } from '../domain/target-totals.ts'
import { SampleSum } from './sample-sum.ts'

/** Longest idle baseline is half a minute at four samples a second. */
const MOST_IDLE = 240

interface Watched {
  resource: WatchedResource
  notes: readonly string[]
  readonly samples: SampleSum
  readonly idle: SampleSum
  values: ResourceValues
  totals?: TargetTotals
}

/** What was watched beside one load, over all of its legs. */
export class WatchedTable {
  readonly #all = new Map<string, Watched>()

  constructor(watched: readonly WatchedData[] = []) {
    for (const { samples, idle, notes, totals: _, ...resource } of watched) {
      this.#all.set(resource.name, {
        resource,
        notes,
        samples: new SampleSum(samples),
        idle: new SampleSum(idle, MOST_IDLE),
        values: {},
      })
    }
  }

  /** A resource is watched from now on; one that was in an earlier leg goes on. */
  watch(resource: WatchedResource, notes: readonly string[]): void {
    Object.assign(this.#open(resource), { resource, notes })
  }

  /** What the target of this name counted over the load. */
  total(name: string, totals: TargetTotals): void {
    const watched = this.#all.get(name)
    if (watched !== undefined) watched.totals = totals
  }

  add(sample: ResourceSample, idle: boolean): void {
    // What a sample of an earlier process is of comes with this process's own declaration.
    const { name, kind } = { name: sample.watched, kind: sample.watched === 'host' ? 'host' : 'process' } as const
    const watched = this.#open({ name, kind, cores: null, memoryBytes: null })
    watched.values = sample.values
    ;(idle ? watched.idle : watched.samples).add(sample)
  }

  /** Whether any resource already has its idle baseline. */
  get hasIdle(): boolean {
    return [...this.#all.values()].some(({ idle }) => idle.size > 0)
  }

  /** Whether any resource told what it counted over the load. */
  get hasTotals(): boolean {
    return [...this.#all.values()].some(({ totals }) => totals !== undefined)
  }

  /** What each resource showed last. */
  latest(): LiveResource[] {
    return Array.from(this.#all.values(), ({ resource: { kind, name }, values }) => ({ kind, name, values }))
  }

  list(): WatchedData[] {
    return Array.from(this.#all.values(), ({ resource, samples, idle, notes, totals }) => ({
      ...resource,
      samples: samples.table(),
      idle: idle.table(),
      notes,
      ...(totals === undefined ? {} : { totals }),
    }))
  }

  #open(resource: WatchedResource): Watched {
    const known = this.#all.get(resource.name)
    if (known !== undefined) return known
    const opened = {
      resource,
      notes: [],
      samples: new SampleSum(),
      idle: new SampleSum(undefined, MOST_IDLE),
      values: {},
    }
    this.#all.set(resource.name, opened)
    return opened
  }
}
