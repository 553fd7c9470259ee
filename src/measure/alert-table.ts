import { type AlertRecord, type AlertRule, type AlertSpan, MOST_ALERT_SPANS } from '../domain/alert.ts'

interface OpenRecord {
  isWatched: boolean
  spans: AlertSpan[]
  more: number
}

/** What came of the alerts of one load, over all of its legs. */
export class AlertTable {
  readonly #records = new Map<string, OpenRecord>()

  constructor(records: readonly AlertRecord[] = []) {
    for (const { rule, isWatched, spans, more } of records) {
      this.#records.set(rule, { isWatched, spans: [...spans], more })
    }
  }

  /** A rule of the load, so that it has a record also when nothing comes of it. */
  declare(rules: readonly AlertRule[]): void {
    for (const { text } of rules) this.#open(text)
  }

  /** Something told the metric of the rule. */
  watched(rule: string): void {
    this.#open(rule).isWatched = true
  }

  began(rule: string, span: AlertSpan): void {
    const record = this.#open(rule)
    record.isWatched = true
    if (record.spans.length < MOST_ALERT_SPANS) record.spans.push(span)
    else record.more++
  }

  /** What is known of a span by now, in the place of what was known when it began. */
  update(rule: string, span: AlertSpan): void {
    const { spans } = this.#open(rule)
    const known = spans.findLastIndex(({ watched, fromUs }) => watched === span.watched && fromUs === span.fromUs)
    if (known >= 0) spans[known] = span
  }

  /** Spans that have not ended. */
  open(): AlertSpan[] {
    return [...this.#records.values()].flatMap(({ spans }) => spans.filter(({ ended }) => !ended))
  }

  list(): AlertRecord[] {
    return Array.from(this.#records, ([rule, { isWatched, spans, more }]) => ({
      rule,
      isWatched,
      spans: [...spans],
      more,
    }))
  }

  #open(rule: string): OpenRecord {
    const known = this.#records.get(rule)
    if (known !== undefined) return known
    const opened = { isWatched: false, spans: [], more: 0 }
    this.#records.set(rule, opened)
    return opened
  }
}
