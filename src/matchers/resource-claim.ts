import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import { type ResourceMetricId, type WatchedData, resourceMetric } from '../domain/resource.ts'
import { formatDuration, significant, formatCount } from '../format/quantity-text.ts'
import { formatResource } from '../format/resource-text.ts'
import { coverage, type ResourceStatistics, resourceStatistics } from '../measure/resource-statistics.ts'
import { type Claim, claimTexts, type Judged, type Ruling, unknown } from './claim.ts'
import type { Subject } from './subject.ts'
import { type OfOptions, type WatchedKind, windowsOf } from './watched-subject.ts'

/** Which number of the samples a claim is about: the highest, their mean over time, or a percentile. */
export type ResourceStatistic = 'max' | 'mean' | `p${number}`

/** What and how a resource matcher judges. */
export interface ResourceOptions extends OfOptions {
  /** @default 'max'; of `toKeepGpuBusyAbove` 'mean' */
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

/** What a metric is held against, in its unit. */
export interface ResourceLimit {
  readonly limit: number
  /** As it was asked for. */
  readonly limitText: string
  readonly stat: ResourceStatistic
  /** What is claimed about, in words. @default the metric's label */
  readonly label?: string
  /** @default 'below' */
  readonly side?: 'below' | 'above'
}

/** A metric of a resource stays below a limit, or above it. */
export function resourceClaim(
  matcher: string,
  subject: Subject,
  watched: WatchedData,
  metric: ResourceMetricId,
  { limit, limitText, stat, side = 'below', label = resourceMetric(metric).label }: ResourceLimit,
): Claim {
  const windows = windowsOf(matcher, subject)
  return {
    ...claimTexts(`${stat} ${label} of ${watched.name}${subject.of}`, `${side} ${limitText}`),
    judge: (): Ruling => {
      const found = resourceStatistics(watched.samples, metric, windows)
      if (found === null) return unknown(...nothingSeen(watched, metric, subject))
      const { sampledUs, absentUs } = coverage(watched.samples, windows)
      const windowUs = windows.reduce((sum, { startUs, endUs }) => sum + endUs - startUs, 0)
      const value = valueOf(found, stat)
      // A peak that was seen stays one, whatever was not seen.
      const denied = side === 'below' ? value >= limit : value <= limit
      if (sampledUs < COVERED * windowUs && !(denied && stat === 'max' && side === 'below')) {
        return unknown(
          `the samples of ${watched.name} cover ${formatDuration(sampledUs)} of ${formatDuration(windowUs)}`,
          'make the load longer, or look for what kept the machine from sampling',
        )
      }
      return {
        outcome: denied ? 'denied' : 'holds',
        measured: `${formatResource(metric, value)}, ${formatCount(found.n)} samples, idle ${idleText(watched, metric)}`,
        distance: `${significant((Math.abs(limit - value) / limit) * 100)} % ${value >= limit ? 'over' : 'under'}`,
        weakness: weaknessOf(found, stat, absentUs, watched),
        details: [],
      }
    },
  }
}

function nothingSeen(
  { kind, name, notes }: WatchedData,
  metric: ResourceMetricId,
  { of }: Subject,
): readonly [string, string] {
  const ofProcess = kind === 'process' && metric === 'gpuMemory'
  const { why, advice } = ofProcess ? NOT_HELD : ABSENT[kind]
  const reason = ofProcess || notes.length === 0 ? why : notes.join('; ')
  return [`no ${resourceMetric(metric).label} of ${name} was measured${of}: ${reason}`, advice]
}

interface Absence {
  readonly why: string
  readonly advice: string
}

/** Why a resource may have no number, where it does not say so itself, and what to do. */
const ABSENT: Readonly<Record<WatchedKind, Absence>> = {
  host: { why: 'this platform does not tell it', advice: 'claim something else of it' },
  process: {
    why: 'it was not there in the window',
    advice: 'it must run on this machine during the load, and processes are watched on Linux only',
  },
  gpu: {
    why: 'the driver does not tell it',
    advice: 'compare with nvidia-smi: parts of a partitioned GPU and cards for desktops tell less',
  },
  metrics: {
    why: 'no metric of it is under this name',
    advice: 'say which metric it is: monitors: { prometheus: { url, metrics: { ... } } }',
  },
  container: {
    why: 'it did not run in the window, or its daemon does not tell it',
    advice: 'it must run on this machine during the load; compare with docker stats',
  },
}
const NOT_HELD: Absence = {
  why: 'no driver told what it holds',
  advice: 'watch the GPU as well, monitors: { gpu: true }; its notes say what the driver does not tell',
}

/** The same claim about each of several resources: it holds when it holds for every one, its negation when that does. */
export function everyClaim(
  claims: readonly { readonly name: string; readonly claim: Claim }[],
  text: { readonly what: string; readonly relation: string },
): Claim {
  return {
    ...claimTexts(text.what, text.relation),
    judge: (negated): Ruling => {
      const rulings = claims.map(({ name, claim }) => ({ name, ruling: claim.judge(negated) }))
      const judged: { readonly name: string; readonly ruling: Judged }[] = []
      for (const { name, ruling } of rulings) {
        if (ruling.outcome === 'unknown') return ruling
        judged.push({ name, ruling })
      }
      const outcomes = new Set(judged.map(({ ruling }) => ruling.outcome))
      const each = (textOf: (ruling: Judged) => string | null, between: string): string | null => {
        const texts = judged.flatMap(({ name, ruling }) => {
          const own = textOf(ruling)
          return own === null ? [] : [`${name} ${own}`]
        })
        return texts.length === 0 ? null : texts.join(between)
      }
      return {
        outcome: outcomes.size === 1 ? judged[0]!.ruling.outcome : 'neither',
        measured: each(({ measured }) => measured, '; ') ?? '',
        distance: each(({ distance }) => distance, ', '),
        weakness: each(({ weakness }) => weakness, '; '),
        details: [],
      }
    },
  }
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
