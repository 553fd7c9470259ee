import type {
  AlertChange,
  AlertRule,
  AlertSpan,
  ErrorRateAlertRule,
  PercentileAlertRule,
  ResourceAlertRule,
} from '../domain/alert.ts'
import type { ResourceSample, WatchedResource } from '../domain/resource.ts'
import type { LiveSecond } from './live-seconds.ts'
import { LoadAlert } from './load-alert.ts'
import { ResourceAlert } from './resource-alert.ts'

/** After so long a metric that nothing has told is said to be missing; slow sources are read every two seconds. */
const MISSING_AFTER_SECONDS = 5

/** Watches a running load and what is watched beside it for its alerts. */
export class AlertWatch {
  readonly #resources: readonly { readonly rule: ResourceAlertRule; readonly alert: ResourceAlert }[]
  readonly #loads: readonly { readonly rule: ErrorRateAlertRule | PercentileAlertRule; readonly alert: LoadAlert }[]
  #missingTold = false

  constructor(rules: readonly AlertRule[]) {
    this.#resources = rules.flatMap((rule) =>
      rule.kind === 'resource' ? [{ rule, alert: new ResourceAlert(rule) }] : [],
    )
    this.#loads = rules.flatMap((rule) => (rule.kind === 'resource' ? [] : [{ rule, alert: new LoadAlert(rule) }]))
  }

  /** Takes a sample; one that is taken while no load runs only tells what can be watched. */
  sample(resource: WatchedResource, sample: ResourceSample, phase: 'idle' | 'warmup' | 'load'): AlertChange[] {
    return this.#resources.flatMap(({ rule, alert }) => {
      if (phase === 'idle' || (phase === 'warmup' && !rule.inWarmup)) {
        alert.meet(resource, sample)
        return []
      }
      const change = alert.take(resource, sample)
      return change === null ? [] : [{ rule, ...change }]
    })
  }

  /** Takes the next second of the load. */
  second(second: LiveSecond, inWarmup: boolean): AlertChange[] {
    const changes = this.#loads.flatMap(({ rule, alert }) => {
      if (inWarmup && !rule.inWarmup) return []
      const change = alert.take(second)
      return change === null ? [] : [{ rule, ...change }]
    })
    return second.second + 1 < MISSING_AFTER_SECONDS ? changes : [...changes, ...this.#missing()]
  }

  /** The load has ended. */
  end(): {
    readonly changes: readonly AlertChange[]
    /** Spans that are still on. */
    readonly open: readonly { readonly rule: AlertRule; readonly span: AlertSpan }[]
    /** Rules on resources whose metric was told. */
    readonly watched: readonly AlertRule[]
  } {
    return {
      changes: this.#missing(),
      open: [...this.#resources, ...this.#loads].flatMap(({ rule, alert }) =>
        alert.open().map((span) => ({ rule, span })),
      ),
      watched: [...this.#resources.filter(({ alert }) => alert.isWatched), ...this.#loads].map(({ rule }) => rule),
    }
  }

  #missing(): AlertChange[] {
    if (this.#missingTold) return []
    this.#missingTold = true
    return this.#resources.flatMap(({ rule, alert }) => (alert.isWatched ? [] : [{ rule, kind: 'unwatched' as const }]))
  }
}
