import type { OutcomeCounts } from './measurement.ts'

/** When a running load must end early. Judged once a second, on whole seconds of all generators together. */
export type AbortRule =
  | ErrorRateRule
  | PercentileRule
  | (RuleSpan & { readonly kind: 'saturation' })
  | (RuleSpan & { readonly kind: 'target-gone' })

interface RuleSpan {
  /** How long it must hold, whole seconds. */
  readonly seconds: number
  /** Whether seconds of the warm-up count. */
  readonly inWarmup: boolean
}

/** Failed, dropped and missed requests are over this share of all. */
export interface ErrorRateRule extends RuleSpan {
  readonly kind: 'error-rate'
  readonly limit: number
}

/** A percentile of the latency is at or over the limit; requests without a good answer rank as +infinity. */
export interface PercentileRule extends RuleSpan {
  readonly kind: 'percentile'
  /** Over 0, under 100. */
  readonly percent: number
  readonly limitUs: number
}

/** A rule as its option is written: `{ errorRate: '20%', for: '10s' }`. */
export function abortRuleText(rule: AbortRule): string {
  const skip = rule.inWarmup ? '' : ', skipWarmup: true'
  const held = `, for: '${rule.seconds}s'${skip} }`
  switch (rule.kind) {
    case 'error-rate':
      return `{ errorRate: '${Number((rule.limit * 100).toPrecision(6))}%'${held}`
    case 'percentile':
      return `{ p${rule.percent}: '${rule.limitUs / 1e3}ms'${held}`
    case 'saturation':
      return `{ saturation: true${held}`
    case 'target-gone':
      return `{ targetGone: '${rule.seconds}s'${skip} }`
  }
}

/** Requests of these outcomes that have no good answer. */
export function badCount({ attempted, good }: OutcomeCounts): number {
  return attempted - good
}
