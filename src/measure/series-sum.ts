import type { Distribution } from '../domain/distribution.ts'
import {
  type EventCounts,
  NO_EVENTS,
  NO_OUTCOMES,
  type OutcomeCounts,
  type SeriesData,
  addOutcomes,
} from '../domain/measurement.ts'
import type { DistributionId } from '../domain/metric.ts'
import { DistributionSum } from './distribution-sum.ts'

/** Adds up what deltas say of one series. */
export class SeriesSum {
  #outcomes: OutcomeCounts = NO_OUTCOMES
  #events: EventCounts = NO_EVENTS
  readonly #distributions = new Map<DistributionId, DistributionSum>()

  get outcomes(): OutcomeCounts {
    return this.#outcomes
  }

  addOutcomes(outcomes: OutcomeCounts): void {
    this.#outcomes = addOutcomes(this.#outcomes, outcomes)
  }

  addEvents(events: EventCounts): void {
    this.#events = {
      sent: this.#events.sent + events.sent,
      completed: this.#events.completed + events.completed,
      failed: this.#events.failed + events.failed,
      completedWithinSlo: this.#events.completedWithinSlo + events.completedWithinSlo,
      outputTokens: this.#events.outputTokens + events.outputTokens,
      outputTokensWithinSlo: this.#events.outputTokensWithinSlo + events.outputTokensWithinSlo,
      inputTokens: this.#events.inputTokens + events.inputTokens,
      inputChars: this.#events.inputChars + events.inputChars,
      audioUs: this.#events.audioUs + events.audioUs,
      bytesReceived: this.#events.bytesReceived + events.bytesReceived,
    }
  }

  addDistributions(parts: Readonly<Partial<Record<DistributionId, Distribution>>>): void {
    for (const [id, part] of Object.entries(parts) as [DistributionId, Distribution][]) {
      let sum = this.#distributions.get(id)
      if (sum === undefined) this.#distributions.set(id, (sum = new DistributionSum()))
      sum.add(part)
    }
  }

  /** Adds one of its distributions to a sum. */
  addTo(sum: DistributionSum, id: DistributionId): void {
    const own = this.#distributions.get(id)
    if (own !== undefined) sum.addSum(own)
  }

  /** Adds another sum, as it is now. */
  addAll(other: SeriesSum): void {
    this.addData(other.total(0))
  }

  addData({ outcomes, events, distributions }: Omit<SeriesData, 'windowUs'>): void {
    this.addOutcomes(outcomes)
    this.addEvents(events)
    this.addDistributions(distributions)
  }

  /** The series over a window of the given length. */
  total(windowUs: number): SeriesData {
    const distributions: Partial<Record<DistributionId, Distribution>> = {}
    // Sorted, so that the same numbers give the same JSON whatever order they came in.
    for (const id of [...this.#distributions.keys()].sort()) {
      const total = this.#distributions.get(id)!.total()
      if (total !== null) distributions[id] = total
    }
    return { windowUs, outcomes: this.#outcomes, events: this.#events, distributions }
  }
}
