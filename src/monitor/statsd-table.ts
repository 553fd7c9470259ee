import type { Distribution } from '../domain/distribution.ts'
import { readStatsdLine, type StatsdEvent, type StatsdKind } from './statsd-line.ts'
import { ValueSketch } from './value-sketch.ts'

/** Distinct texts of one set that are told apart. */
const MOST_MEMBERS = 10_000

/** One series since the load began. */
export interface StatsdReading {
  readonly key: string
  readonly kind: StatsdKind
  /** Of a counter its growth, of values their number, of a gauge its value, of a set how many it holds. */
  readonly total: number
  /** Of values only. */
  readonly distribution: Distribution | null
}

/** What came besides what was counted. */
export interface StatsdTally {
  packets: number
  malformed: number
  firstMalformed: string
  /** Lines of series over the limit. */
  refused: number
}

interface Series {
  readonly kind: StatsdKind
  total: number
  sketch: ValueSketch
  readonly members: Set<string>
}

/** Adds up what clients of StatsD send, in memory bounded by the number of series. */
export class StatsdTable {
  readonly #most: number
  readonly #series = new Map<string, Series>()
  tally: StatsdTally = { packets: 0, malformed: 0, firstMalformed: '', refused: 0 }

  /** @param most series that are kept */
  constructor(most: number) {
    this.#most = most
  }

  add(packet: string): void {
    this.tally.packets++
    for (const line of packet.split('\n')) {
      if (line.trim() === '') continue
      const event = readStatsdLine(line.trim())
      if (event === 'other') continue
      if (event !== null) this.#count(event)
      else if (this.tally.malformed++ === 0) this.tally.firstMalformed = line.slice(0, 80)
    }
  }

  /** Everything counts from here; gauges keep their values. */
  begin(): void {
    this.tally = { packets: 0, malformed: 0, firstMalformed: '', refused: 0 }
    for (const series of this.#series.values()) {
      series.members.clear()
      series.sketch = new ValueSketch()
      if (series.kind !== 'gauge') series.total = 0
    }
  }

  read(): readonly StatsdReading[] {
    return Array.from(this.#series, ([key, { kind, total, sketch, members }]) => ({
      key: key.slice(key.indexOf(' ') + 1),
      kind,
      total: kind === 'set' ? members.size : total,
      distribution: kind === 'values' ? sketch.distribution() : null,
    }))
  }

  #count({ key, kind, values, weight }: StatsdEvent): void {
    const series = this.#open(`${kind} ${key}`, kind)
    if (series === null) {
      this.tally.refused++
      return
    }
    for (const text of values) {
      const value = Number(text)
      if (kind === 'counter') series.total += value * weight
      else if (kind === 'gauge') series.total = /^[-+]/.test(text) ? series.total + value : value
      else if (kind === 'set') {
        if (series.members.size < MOST_MEMBERS) series.members.add(text)
      } else {
        series.total += weight
        series.sketch.add(value, weight)
      }
    }
  }

  #open(key: string, kind: StatsdKind): Series | null {
    const known = this.#series.get(key)
    if (known !== undefined) return known
    if (this.#series.size >= this.#most) return null
    const series: Series = { kind, total: 0, sketch: new ValueSketch(), members: new Set() }
    this.#series.set(key, series)
    return series
  }
}
