import { type AbortRule, abortRuleText, type PercentileRule } from '../domain/abort-rule.ts'
import type { BadShare } from './bad-share-watch.ts'
import type { LiveSecond } from './live-seconds.ts'
import { SaturationWatch } from './saturation-watch.ts'
import { ShareWindow } from './share-window.ts'
import { TargetGoneWatch } from './target-gone-watch.ts'

/** A second of the load, and where the plan stood in it. */
export interface PlannedSecond extends LiveSecond {
  readonly inWarmup: boolean
  /** Asked rate or users. */
  readonly level: number
}

/** Says in words what breaks a rule, `null` while nothing does. */
type RuleWatch = (second: PlannedSecond) => string | null

/** Watches the seconds of a load for what breaks one of its abort rules. */
export class AbortWatch {
  readonly #rules: readonly { readonly rule: AbortRule; readonly watch: RuleWatch }[]

  constructor(rules: readonly AbortRule[]) {
    this.#rules = rules.map((rule) => ({ rule, watch: watchOf(rule) }))
  }

  /**
   * Takes the next second. The first rule that is broken, with what was measured: `abort rule { errorRate: '20%', for:
   * '10s' } after 12 s: ...`; `null` while none is.
   */
  take(second: PlannedSecond): string | null {
    for (const { rule, watch } of this.#rules) {
      if (second.inWarmup && !rule.inWarmup) continue
      const breach = watch(second)
      if (breach !== null) return `abort rule ${abortRuleText(rule)} after ${second.second + 1} s: ${breach}`
    }
    return null
  }
}

function watchOf(rule: AbortRule): RuleWatch {
  switch (rule.kind) {
    case 'error-rate': {
      const window = new ShareWindow(rule.seconds, rule.limit)
      return (second) => {
        const share = window.take(second)
        if (!share.isBroken) return null
        return `error rate ${percent(share.bad / share.n)} of ${requests(share)} in the last ${rule.seconds} s`
      }
    }
    case 'percentile':
      return percentileWatch(rule)
    case 'saturation': {
      const watch = new SaturationWatch(rule.seconds)
      return (second) => {
        const found = watch.take(second, second.level)
        if (found === null) return null
        const { backlog, latencyUs } = found
        return (
          `in ${rule.seconds} s requests in flight and waiting rose from ${backlog.from} to ${backlog.to} ` +
          `and the median latency from ${ms(latencyUs.from)} to ${ms(latencyUs.to)}`
        )
      }
    }
    case 'target-gone': {
      const watch = new TargetGoneWatch(rule.seconds)
      return (second) => {
        const gone = watch.take(second)
        return (
          gone &&
          `for ${gone.seconds} s the target gave no answer; ${gone.failures} requests failed to connect or timed out`
        )
      }
    }
  }
}

function percentileWatch({ percent: p, limitUs, seconds }: PercentileRule): RuleWatch {
  const window = new ShareWindow(seconds, { percent: p, limitUs })
  return (second) => {
    const share = window.take(second)
    if (!share.isBroken) return null
    const measured = window.percentileUs()
    const what =
      measured === null
        ? `over ${Number((100 - p).toPrecision(3))} % had no good answer, which is where p${p} stands`
        : `p${p} latency ${ms(measured)}`
    return `${what}, of ${requests(share)} in the last ${seconds} s`
  }
}

function requests({ n }: BadShare): string {
  return `${n} ${n === 1 ? 'request' : 'requests'}`
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`
}

function ms(us: number): string {
  return us < 10e6 ? `${Number((us / 1e3).toPrecision(3))} ms` : `${Number((us / 1e6).toPrecision(3))} s`
}
