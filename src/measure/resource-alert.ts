import { type AlertSpan, limitFor, type ResourceAlertRule, type SpanChange } from '../domain/alert.ts'
import type { ResourceMetricId, ResourceSample, WatchedResource } from '../domain/resource.ts'

/** Without a value for so long (and for `heldUs`) an alert is over: what it was about has gone. */
const SILENT_US = 10e6
/** Samples come a little early or late: a tenth of one may be missing from the time that a limit must be broken. */
const SLACK = 0.1

/** One rule on one metric of one watched resource. */
class MetricAlert {
  readonly #rule: ResourceAlertRule
  readonly #watched: string
  readonly #metric: ResourceMetricId
  readonly #limit: number
  #overSinceUs: number | null = null
  #lastOverUs = 0
  #fineSinceUs: number | null = null
  #heardUs = 0
  #peak = 0
  #on = false

  constructor(rule: ResourceAlertRule, watched: string, metric: ResourceMetricId, limit: number) {
    this.#rule = rule
    this.#watched = watched
    this.#metric = metric
    this.#limit = limit
  }

  take(value: number | null, { atUs, spanUs }: ResourceSample): SpanChange | null {
    const { heldUs } = this.#rule
    if (value === null) return this.#on && atUs - this.#heardUs >= heldUs + SILENT_US ? this.#end() : null
    this.#heardUs = atUs
    const enough = heldUs - SLACK * spanUs
    if (this.#isOver(value)) {
      const farther = this.#rule.side === 'above' ? Math.max : Math.min
      this.#peak = this.#overSinceUs === null ? value : farther(this.#peak, value)
      this.#overSinceUs ??= atUs - spanUs
      this.#lastOverUs = atUs
      this.#fineSinceUs = null
      if (this.#on || atUs - this.#overSinceUs < enough) return null
      this.#on = true
      return { kind: 'began', span: this.#span(false) }
    }
    if (!this.#on) {
      this.#overSinceUs = null
      return null
    }
    this.#fineSinceUs ??= atUs - spanUs
    return atUs - this.#fineSinceUs < enough ? null : this.#end()
  }

  /** The load has ended: a span that is still on. */
  open(): AlertSpan | null {
    return this.#on ? this.#span(false) : null
  }

  #end(): SpanChange {
    const span = this.#span(true)
    this.#on = false
    this.#overSinceUs = null
    this.#fineSinceUs = null
    return { kind: 'ended', span }
  }

  #isOver(value: number): boolean {
    return this.#rule.side === 'above' ? value > this.#limit : value < this.#limit
  }

  #span(ended: boolean): AlertSpan {
    return {
      watched: this.#watched,
      metric: this.#metric,
      limit: this.#limit,
      side: this.#rule.side,
      fromUs: this.#overSinceUs!,
      toUs: this.#lastOverUs,
      ended,
      peak: this.#peak,
    }
  }
}

/** One rule on all watched resources that tell its metric, each on its own. */
export class ResourceAlert {
  readonly #rule: ResourceAlertRule
  readonly #alerts = new Map<string, MetricAlert>()
  /** Place in the rule's list of the metric that counts: the first that anything told. */
  #rank = Infinity

  constructor(rule: ResourceAlertRule) {
    this.#rule = rule
  }

  /** Whether anything told the metric and its limit is known. */
  get isWatched(): boolean {
    return this.#rank < Infinity
  }

  /** Takes a sample from before the load, or from a warm-up that does not count: it tells what can be watched. */
  meet(resource: WatchedResource, sample: ResourceSample): void {
    if (!this.#means(resource)) return
    const found = this.#rule.limits.findIndex(
      (limit) => sample.values[limit.metric] !== undefined && limitFor(limit, resource) !== null,
    )
    if (found < 0 || found >= this.#rank) return
    this.#rank = found
    // What was told before under a name of less weight is not what is meant.
    this.#alerts.clear()
  }

  take(resource: WatchedResource, sample: ResourceSample): SpanChange | null {
    this.meet(resource, sample)
    const limit = this.#rule.limits[this.#rank]
    if (limit === undefined || !this.#means(resource)) return null
    const known = this.#alerts.get(resource.name) ?? this.#alert(resource)
    return known?.take(sample.values[limit.metric] ?? null, sample) ?? null
  }

  open(): AlertSpan[] {
    return [...this.#alerts.values()].flatMap((alert) => alert.open() ?? [])
  }

  #means({ name, kind }: WatchedResource): boolean {
    const { of } = this.#rule
    return of === null || of === name || of === kind
  }

  #alert(resource: WatchedResource): MetricAlert | null {
    const limit = this.#rule.limits[this.#rank]!
    const value = limitFor(limit, resource)
    if (value === null) return null
    const alert = new MetricAlert(this.#rule, resource.name, limit.metric, value)
    this.#alerts.set(resource.name, alert)
    return alert
  }
}
