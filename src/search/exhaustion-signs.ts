/*
 * What gives out in a ramp of loads, and where it was first seen.
 *
 * A step's figures are held against the first step's, which is taken for light load. Within a step a sign is dated by
 * the first second that shows it; where seconds do not tell (backlog, generator, host) by the step's start. Signs of
 * one second stand in the order of cause: a busy host makes a late generator, a slow target a queue, a full queue
 * refusals.
 */
import { type Distribution, percentile } from '../domain/distribution.ts'
import type { ExhaustionSign, SignKind } from '../domain/exhaustion.ts'
import type { MeasurementData, SecondBucket } from '../domain/measurement.ts'
import { formatCount, formatDuration, formatShare } from '../format/quantity-text.ts'
import { backlogOf } from './backlog.ts'

/** How busy the host was during a step; `null` where it is not known. */
export interface HostUse {
  readonly cpuShare: number | null
  readonly memoryShare: number | null
}

/** One step of the ramp. */
export interface RampStep {
  readonly byRate: boolean
  readonly level: number
  /** Since the start of the ramp. */
  readonly startUs: number
  readonly measurement: MeasurementData
  readonly host: HostUse
}

/** A latency this many times that at the start, and this much more, is a sign. */
const SLOWER = 2
const SLOWER_BY_US = 5_000
/** Share of the requests that must fail in one way. */
const FAILED_SHARE = 0.01
const BUSY_CPU = 0.95
const FULL_MEMORY = 0.97
const ORDER: readonly SignKind[] = [
  'host-memory',
  'host-cpu',
  'generator',
  'latency',
  'queue',
  'http',
  'timeout',
  'connection',
  'protocol',
  'check',
  'aborted',
]

/**
 * Adds what a step shows for the first time. Where the generator disturbed the step, its other figures say nothing of
 * the target.
 * @param first the ramp's first step
 */
export function addSigns(known: readonly ExhaustionSign[], step: RampStep, first: RampStep): readonly ExhaustionSign[] {
  const generator = generatorSign(step)
  const target = generator === null ? [latencySign(step, first), queueSign(step, first), ...failureSigns(step)] : []
  const found = [...hostSigns(step), generator, ...target].filter((sign) => sign !== null)
  const fresh = found.filter(({ kind, detail }) => !known.some((old) => old.kind === kind && old.detail === detail))
  fresh.sort((a, b) => a.atUs - b.atUs || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
  return [...known, ...fresh]
}

function generatorSign(step: RampStep): ExhaustionSign | null {
  const { validity, plan } = step.measurement
  const invalid = validity.findings.filter(({ severity }) => severity === 'invalid')
  if (invalid.length === 0 || plan.onInvalid === 'warn') return null
  return sign(step, 'generator', '', invalid.map(({ message }) => message).join('; '))
}

function hostSigns(step: RampStep): (ExhaustionSign | null)[] {
  const { cpuShare, memoryShare } = step.host
  return [
    cpuShare !== null && cpuShare > BUSY_CPU
      ? sign(step, 'host-cpu', '', `${formatShare(cpuShare)} of this host's processors busy`)
      : null,
    memoryShare !== null && memoryShare > FULL_MEMORY
      ? sign(step, 'host-memory', '', `${formatShare(memoryShare)} of this host's memory in use`)
      : null,
  ]
}

function latencySign(step: RampStep, first: RampStep): ExhaustionSign | null {
  const startUs = medianUs(first.measurement.series.distributions.latency)
  const nowUs = medianUs(step.measurement.series.distributions.latency)
  if (startUs === null || nowUs === null) return null
  const limitUs = Math.max(SLOWER * startUs, startUs + SLOWER_BY_US)
  if (nowUs < limitUs) return null
  const second = firstSecond(step, ({ latencyP50Us }) => latencyP50Us !== null && latencyP50Us >= limitUs)
  return sign(
    step,
    'latency',
    '',
    `p50 latency ${formatDuration(nowUs)}, ${formatDuration(startUs)} at the start`,
    second,
  )
}

function queueSign(step: RampStep, first: RampStep): ExhaustionSign | null {
  if (!step.byRate) return null
  const { series, plan } = step.measurement
  const { pilesUp, text } = backlogOf(series, {
    level: step.level,
    warmupUs: plan.warmup.kind === 'duration' ? plan.warmup.durationUs : 0,
    lightLatencyUs: medianUs(first.measurement.series.distributions.latency),
  })
  return pilesUp ? sign(step, 'queue', '', text) : null
}

function failureSigns(step: RampStep): ExhaustionSign[] {
  const { errors, series } = step.measurement
  const { attempted } = series.outcomes
  const ways = new Map<string, { kind: SignKind; detail: string; count: number; message: string }>()
  for (const { kind, detail, count, message } of errors) {
    const key = `${kind} ${detail}`
    ways.set(key, { kind, detail, message, count: count + (ways.get(key)?.count ?? 0) })
  }
  const second = firstSecond(step, ({ failed }) => failed > 0)
  return [...ways.values()]
    .filter(({ count }) => count > FAILED_SHARE * attempted)
    .map(({ kind, detail, count, message }) =>
      sign(step, kind, detail, `${formatCount(count)} of ${formatCount(attempted)} requests: ${message}`, second),
    )
}

/** Microseconds since the step's run began, of the first second of which something holds. */
function firstSecond({ measurement }: RampStep, holds: (bucket: SecondBucket) => boolean): number {
  return (measurement.buckets.find(holds)?.second ?? 0) * 1e6
}

function sign(
  { level, startUs }: RampStep,
  kind: SignKind,
  detail: string,
  figure: string,
  afterUs = 0,
): ExhaustionSign {
  return { kind, detail, level, figure, atUs: startUs + afterUs }
}

function medianUs(latency: Distribution | undefined): number | null {
  return latency === undefined ? null : percentile(latency, 50)
}
