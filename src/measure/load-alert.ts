import type { AlertSpan, ErrorRateAlertRule, PercentileAlertRule, SpanChange } from '../domain/alert.ts'
import type { LiveSecond } from './live-seconds.ts'
import { ShareWindow } from './share-window.ts'

/**
 * One rule on the load's own numbers. It begins when the seconds of a window break the limit as an abort rule's would, and
 * ends when a whole window keeps it.
 */
export class LoadAlert {
  readonly #rule: ErrorRateAlertRule | PercentileAlertRule
  readonly #seconds: number
  readonly #window: ShareWindow
  #span: Omit<AlertSpan, 'ended'> | null = null

  constructor(rule: ErrorRateAlertRule | PercentileAlertRule) {
    this.#rule = rule
    this.#seconds = Math.ceil(rule.heldUs / 1e6)
    this.#window = new ShareWindow(this.#seconds, rule.kind === 'error-rate' ? rule.limit : rule)
  }

  take(second: LiveSecond): SpanChange | null {
    const share = this.#window.take(second)
    const toUs = (second.second + 1) * 1e6
    if (this.#span === null) {
      if (!share.isBroken) return null
      const fromUs = toUs - this.#seconds * 1e6
      const about = { watched: null, ...this.#limit(), side: 'above' } as const
      this.#span = { ...about, fromUs, toUs, peak: this.#value(share) }
      return { kind: 'began', span: { ...this.#span, ended: false } }
    }
    const span = this.#span
    if (share.bad <= this.#window.limit * share.n) {
      this.#span = null
      return { kind: 'ended', span: { ...span, ended: true } }
    }
    const value = this.#value(share)
    const peak = value === null || span.peak === null ? null : Math.max(value, span.peak)
    this.#span = { ...span, peak, toUs: share.isOverNow ? toUs : span.toUs }
    return null
  }

  open(): AlertSpan[] {
    return this.#span === null ? [] : [{ ...this.#span, ended: false }]
  }

  #limit(): Pick<AlertSpan, 'metric' | 'limit'> {
    const rule = this.#rule
    return rule.kind === 'error-rate'
      ? { metric: 'errorRate', limit: rule.limit }
      : { metric: `p${rule.percent}`, limit: rule.limitUs }
  }

  #value({ n, bad }: { readonly n: number; readonly bad: number }): number | null {
    return this.#rule.kind === 'error-rate' ? bad / n : this.#window.percentileUs()
  }
}
