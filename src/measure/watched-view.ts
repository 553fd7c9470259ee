import { LoadError } from '../domain/load-error.ts'
import type { MeasurementData } from '../domain/measurement.ts'
import { type ResourceMetricName, resourceMetricsNamed, type WatchedData } from '../domain/resource.ts'
import { partsOf, type TimeSpan } from './gaps.ts'
import { type ResourceStatistics, resourceStatistics } from './resource-statistics.ts'

/** What was watched under one name, over the measured windows. What could not be read is `null`, never 0. */
export class WatchedView {
  readonly #watched: WatchedData
  readonly #windows: readonly TimeSpan[]

  constructor(watched: WatchedData, windows: readonly TimeSpan[]) {
    this.#watched = watched
    this.#windows = windows
  }

  /** Cores that there are of it: a machine's, a container's limit; `null` without one. */
  get cores(): number | null {
    return this.#watched.cores
  }

  /** Bytes of memory that there are of it: a GPU's own, a container's limit; `null` without one. */
  get memoryBytes(): number | null {
    return this.#watched.memoryBytes
  }

  /** Sentences on what could not be read. */
  get notes(): readonly string[] {
    return this.#watched.notes
  }

  /** Mean over time, in the metric's own unit: cores, bytes, shares 0 to 1. @throws LoadError `invalid-option` */
  mean(metric: ResourceMetricName): number | null {
    return this.#statistics(metric)?.mean ?? null
  }

  /** @throws LoadError `invalid-option` */
  max(metric: ResourceMetricName): number | null {
    return this.#statistics(metric)?.max ?? null
  }

  #statistics(metric: ResourceMetricName): ResourceStatistics | null {
    const ids = resourceMetricsNamed(metric)
    if (ids === null) {
      throw new LoadError('invalid-option', `watched(name): got the metric '${metric}', takes one such as 'cpu'`)
    }
    for (const id of ids) {
      const found = resourceStatistics(this.#watched.samples, id, this.#windows)
      if (found !== null) return found
    }
    return null
  }
}

/** @throws LoadError `not-measured` when nothing of this name was watched */
export function watchedView({ watched, steps, gaps }: MeasurementData, name: string): WatchedView {
  const found = watched.find((one) => one.name === name)
  if (found !== undefined)
    return new WatchedView(
      found,
      steps.flatMap((step) => partsOf(step, gaps)),
    )
  const names = watched.map((one) => `'${one.name}'`).join(', ')
  throw new LoadError('not-measured', `watched('${name}'): it was not watched; watched: ${names || 'nothing'}`, {
    hint: 'declare it: load(scenario, { ..., monitors: { host: true } })',
  })
}
