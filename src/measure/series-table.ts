import { type Distribution, EMPTY_DISTRIBUTION } from '../domain/distribution.ts'
import type { SeriesLeg } from '../domain/load-leg.ts'
import {
  NO_OUTCOMES,
  type OutcomeCounts,
  type SeriesData,
  type SeriesLevel,
  type WholeLoad,
  addOutcomes,
} from '../domain/measurement.ts'
import type { DistributionId } from '../domain/metric.ts'
import { DistributionSum } from './distribution-sum.ts'
import { OUTSIDE } from './load-course.ts'
import { SeriesSum } from './series-sum.ts'

/** Which numbers a row of the table holds. */
type SeriesName = Pick<SeriesLeg, 'level' | 'window' | 'request'>

/** The numbers of a load by level, window and request name. */
export class SeriesTable {
  readonly #rows = new Map<string, SeriesName & { readonly sum: SeriesSum }>()

  constructor(leg: readonly SeriesLeg[] = []) {
    for (const { level, window, request, ...numbers } of leg) this.sum(level, window, request).addData(numbers)
  }

  /** One row; an empty one where there was none. */
  sum(level: SeriesName['level'], window: number, request: string): SeriesSum {
    const key = `${level} ${window} ${request}`
    let row = this.#rows.get(key)
    if (row === undefined) this.#rows.set(key, (row = { level, window, request, sum: new SeriesSum() }))
    return row.sum
  }

  /** Iterations by outcome. */
  outcomes(wanted: (name: SeriesName) => boolean): OutcomeCounts {
    return [...this.#rows.values()]
      .filter((row) => row.level === 'iteration' && wanted(row))
      .reduce((sum, row) => addOutcomes(sum, row.sum.outcomes), NO_OUTCOMES)
  }

  /** Several rows together, over a window of the given length. */
  merge(wanted: (name: SeriesName) => boolean, windowUs: number): SeriesData {
    const sum = new SeriesSum()
    for (const row of this.#rows.values()) if (wanted(row)) sum.addAll(row.sum)
    return sum.total(windowUs)
  }

  /** One distribution of iterations over all windows. */
  measured(id: DistributionId): Distribution {
    const sum = new DistributionSum()
    for (const row of this.#rows.values()) {
      if (row.level === 'iteration' && row.window !== OUTSIDE) row.sum.addTo(sum, id)
    }
    return sum.total() ?? EMPTY_DISTRIBUTION
  }

  /** Series of one level by name, over all windows; none where nothing was counted there. */
  named(of: Exclude<SeriesLevel, 'iteration'>, windowUs: number): Record<string, SeriesData> {
    const names = [...this.#rows.values()].flatMap(({ level, request }) => (level === of ? [request] : []))
    const distinct = [...new Set(names)].sort()
    return Object.fromEntries(
      distinct.map((name) => [
        name,
        this.merge(({ level, request, window }) => level === of && request === name && window !== OUTSIDE, windowUs),
      ]),
    )
  }

  /** All phases together. */
  whole(): WholeLoad {
    const names = [...this.#rows.values()].flatMap(({ level, request }) => (level === 'request' ? [request] : []))
    const requests = [...new Set(names)].map((name) => [
      name,
      this.merge(({ level, request }) => level === 'request' && request === name, 0),
    ])
    return { all: this.merge(({ level }) => level === 'iteration', 0), requests: Object.fromEntries(requests) }
  }

  /** All rows as plain data. */
  leg(): readonly SeriesLeg[] {
    return Array.from(this.#rows.values(), ({ level, window, request, sum }) => {
      const { windowUs: _, ...numbers } = sum.total(0)
      return { level, window, request, ...numbers }
    })
  }
}
