import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import { type ResourceMetricId, type WatchedData, resourceMetric } from '../domain/resource.ts'
import { formatDuration, significant, formatCount } from '../format/quantity-text.ts'
import { formatResource } from '../format/resource-text.ts'
import { coverage, type ResourceStatistics, resourceStatistics } from '../measure/resource-statistics.ts'
import { type Claim, claimTexts, type Ruling, unknown } from './claim.ts'
import type { Subject } from './subject.ts'
import { type OfOptions, windowsOf } from './watched-subject.ts'

/** Which number of the samples a claim is about: the highest, their mean over time, or a percentile. */
export type ResourceStatistic = 'max' | 'mean' | `p${number}`

/** What and how a resource matcher judges. */
export interface ResourceOptions extends OfOptions {
  /** @default 'max' */
  readonly stat?: ResourceStatistic
}

/** Samples must cover at least this part of the windows: what was not looked at cannot be vouched for. */
const COVERED = 0.9
/** Below these numbers of samples a pass is weak: a rarer peak had no chance to be seen. */
const FEW_SAMPLES = 10
const FEW_FOR_PERCENTILE = 20

/** A statistic from its name. @throws LoadError `invalid-option` */
export function statisticOf(matcher: string, stat: unknown): ResourceStatistic {
  const percent = typeof stat === 'string' ? Number(/^p(\d+(?:\.\d+)?)$/.exec(stat)?.[1]) : Number.NaN
  if (stat === undefined) return 'max'
  if (stat === 'max' || stat === 'mean' || (percent > 0 && percent < 100)) return stat as ResourceStatistic
  throw new LoadError(
    'invalid-option',
    `${matcher}({ stat }): got ${describe(stat)}, takes 'max', 'mean' or a percentile such as 'p95'`,
  )
}

/** A metric of a resource stays below a limit, both in the metric's unit. `limitText` is the limit as it was asked for. */
export function resourceClaim(
  matcher: string,
  subject: Subject,
  watched: WatchedData,
  metric: ResourceMetricId,
  { limit, limitText, stat }: { readonly limit: number; readonly limitText: string; readonly stat: ResourceStatistic },
): Claim {
  const windows = windowsOf(matcher, subject)
  const { label } = resourceMetric(metric)
  return {
    ...claimTexts(`${stat} ${label} of ${watched.name}${subject.of}`, `below ${limitText}`),
    judge: (): Ruling => {
      const found = resourceStatistics(watched.samples, metric, windows)
      if (found === null) return unknown(...nothingSeen(watched, label, subject))
      const { sampledUs, absentUs } = coverage(watched.samples, windows)
      const windowUs = windows.reduce((sum, { startUs, endUs }) => sum + endUs - startUs, 0)
      const value = valueOf(found, stat)
      // A peak that was seen stays one, whatever was not seen.
      const denied = value >= limit
      if (sampledUs < COVERED * windowUs && !(denied && stat === 'max')) {
        return unknown(
          `the samples of ${watched.name} cover ${formatDuration(sampledUs)} of ${formatDuration(windowUs)}`,
          'make the load longer, or look for what kept the machine from sampling',
        )
      }
      return {
        outcome: denied ? 'denied' : 'holds',
        measured: `${formatResource(metric, value)}, ${formatCount(found.n)} samples, idle ${idleText(watched, metric)}`,
        distance: `${significant((Math.abs(limit - value) / limit) * 100)} % ${denied ? 'over' : 'under'}`,
        weakness: weaknessOf(found, stat, absentUs, watched),
        details: [],
      }
    },
  }
}

function nothingSeen({ name, notes }: WatchedData, label: string, { of }: Subject): readonly [string, string] {
  const [note = `it was not there in the window`] = notes
  return [
    `no ${label} of ${name} was measured${of}: ${note}`,
    'it must run on this machine during the load, and processes are watched on Linux only',
  ]
}

function valueOf(found: ResourceStatistics, stat: ResourceStatistic): number {
  return stat === 'max' || stat === 'mean' ? found[stat] : found.percentile(Number(stat.slice(1)))
}

function idleText({ idle }: WatchedData, metric: ResourceMetricId): string {
  return formatResource(metric, resourceStatistics(idle, metric, null)?.mean ?? null)
}

function weaknessOf(
  { n }: ResourceStatistics,
  stat: ResourceStatistic,
  absentUs: number,
  { name }: WatchedData,
): string | null {
  const few = stat.startsWith('p') ? FEW_FOR_PERCENTILE : FEW_SAMPLES
  const reasons = [
    ...(absentUs > 0 ? [`${name} was not there for ${formatDuration(absentUs)} of the window`] : []),
    ...(n < few ? [`${formatCount(n)} samples tell little of a ${stat}: ${few} are wanted`] : []),
  ]
  return reasons.length === 0 ? null : reasons.join('; ')
}
