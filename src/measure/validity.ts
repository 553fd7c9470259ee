import { percentile } from '../domain/distribution.ts'
import { type LoadPlan, isArrivalProfile, peakLevel } from '../domain/load-plan.ts'
import type { Gap, GeneratorHealth, MeasurementData, SeriesData } from '../domain/measurement.ts'
import { type Validity, type ValidityFinding, validityOf } from '../domain/validity.ts'
import { mannKendall } from '../stats/mann-kendall.ts'
import { median } from '../stats/robust.ts'
import type { IncompleteGenerator } from './generator-track.ts'

/*
 * Whether the generator could measure what it was asked to: the table "Validity" of the metrics' definitions, one rule
 * per cause. Rules look at the generator and at contradictions in the data, never at whether the target is good.
 */

/** What the rules look at: one step, or the whole load. */
export interface ValidityFacts {
  readonly plan: LoadPlan
  readonly series: SeriesData
  /** Arrivals that the pacer scheduled, and those whose turn came before they were given up as missed. */
  readonly paced: { readonly scheduled: number; readonly dispatched: number }
  readonly health: readonly GeneratorHealth[]
  /** Median good latency of each second inside the window, in order; empty where a trend is no finding. */
  readonly secondMediansUs: readonly number[]
  readonly tokenSource: MeasurementData['tokenSource']
  /** Generators whose numbers are not whole, and why. */
  readonly lost: readonly IncompleteGenerator[]
  /** Requests of all windows together. */
  readonly attempted: number
  /** Largest jump of wall clock minus monotonic clock. */
  readonly clockJumpUs: number
  /** Stretches inside the window, or between the windows, in which nothing was measured. */
  readonly gaps: readonly Gap[]
  /** Why the load ended before its plan did; `null` when it did not. */
  readonly endedEarly: string | null
}

type Rule = (facts: ValidityFacts) => ValidityFinding | null

const RULES: readonly Rule[] = [
  aborted,
  resumed,
  generatorLost,
  tooFewRequests,
  generatorLate,
  generatorBusy,
  rateNotReached,
  clockJumped,
  drift,
  tokensDisagree,
]

/** The validity of one step or of a load as a whole. */
export function judgeValidity(facts: ValidityFacts): Validity {
  return validityOf(RULES.flatMap((rule) => rule(facts) ?? []))
}

/**
 * The validity of a load of several steps: what holds for the whole, and the gravest finding of each further cause among
 * its steps, because their numbers are part of the whole.
 */
export function joinValidity(whole: Validity, steps: readonly Validity[]): Validity {
  const findings = new Map(whole.findings.map((finding) => [finding.cause, finding]))
  steps.forEach((step, i) => {
    for (const finding of step.findings) {
      const known = findings.get(finding.cause)
      if (known !== undefined && (known.severity === 'invalid' || finding.severity === 'suspect')) continue
      findings.set(finding.cause, { ...finding, message: `step ${i + 1}: ${finding.message}` })
    }
  })
  return validityOf([...findings.values()])
}

function aborted({ endedEarly }: ValidityFacts): ValidityFinding | null {
  if (endedEarly === null) return null
  return {
    cause: 'aborted',
    severity: 'invalid',
    message: `the load ended before its plan did: ${endedEarly}`,
    advice: 'remove the cause and run the load to its end',
  }
}

/** Numbers from two legs are at best suspect: something ended the first one, and the target was left alone in between. */
function resumed({ gaps }: ValidityFacts): ValidityFinding | null {
  if (gaps.length === 0) return null
  const each = gaps.map(
    ({ fromUs, toUs, reason }) => `after a gap of ${time(toUs - fromUs)} at ${time(fromUs)} (${reason})`,
  )
  return {
    cause: 'resumed',
    severity: 'suspect',
    message: `resumed ${each.join(', ')}; requests that were in flight at its start are missing`,
    advice: 'measure in one piece what must be above doubt',
  }
}

const UNACCOUNTED_SHARE = 0.01

/**
 * What a lost generator had not told is in no number: a little of it is suspect, unless nobody went on with its load. Of a
 * lost worker it is invalid, unless that was said to be tolerated.
 */
function generatorLost({ plan: { cluster }, lost, attempted }: ValidityFacts): ValidityFinding | null {
  if (lost.length === 0) return null
  const unaccounted = lost.reduce((total, one) => total + (one.unaccounted ?? 0), 0)
  const carriedOn = lost.every((one) => one.unaccounted !== null)
  const isLittle = cluster === undefined ? unaccounted <= UNACCOUNTED_SHARE * attempted : cluster.toleratesLost
  const who = cluster === undefined ? '' : 'worker lost: '
  const told = `${who}${lost.map((one) => `${nameOf(one)} ${one.reason}`).join('; ')}`
  return {
    cause: 'generator-lost',
    severity: carriedOn && isLittle ? 'suspect' : 'invalid',
    message: carriedOn
      ? `${told}; the others went on with its load, and what became of ${unaccounted} of ${attempted} requests is not known`
      : told,
    advice:
      cluster === undefined
        ? 'look for what ended or stopped the process (memory limit, signal, suspended machine) and run again'
        : 'look at the worker for what ended or stopped it, and at its way to the master, and run again',
  }
}

function tooFewRequests({ series }: ValidityFacts): ValidityFinding | null {
  if (series.outcomes.attempted >= 1) return null
  return {
    cause: 'too-few-requests',
    severity: 'invalid',
    message: 'no request was scheduled inside the window',
    advice: 'raise the rate or the duration, or shorten the warm-up',
  }
}

const LAG_REQUESTS = 100
const LAG_FLOOR_US = 2_000
const LAG_SHARE = 0.05

/** Pacer lag p99 over max(2 ms, 5 % of p50 latency) is invalid, over half of that suspect; from 100 requests on. */
function generatorLate({ plan, series }: ValidityFacts): ValidityFinding | null {
  const { pacerLag, latency } = series.distributions
  if (pacerLag === undefined || pacerLag.n < LAG_REQUESTS) return null
  const lagUs = percentile(pacerLag, 99) ?? 0
  const limitUs = Math.max(LAG_FLOOR_US, LAG_SHARE * ((latency && percentile(latency, 50)) ?? 0))
  const severity = lagUs > limitUs ? 'invalid' : lagUs > limitUs / 2 ? 'suspect' : null
  if (severity === null) return null
  return {
    cause: 'generator-late',
    severity,
    message: `pacer lag p99 ${ms(lagUs)} is over ${ms(severity === 'invalid' ? limitUs : limitUs / 2)}`,
    advice: relief(plan),
  }
}

const BUSY_CPU_SHARE = 0.9
const BUSY_LOOP_DELAY_US = 10_000

/** A generator over 90 % of a core or with loop delay p99 over 10 ms: suspect, and invalid when it was late too. */
function generatorBusy(facts: ValidityFacts): ValidityFinding | null {
  const busy = facts.health.flatMap(({ cpuShare, loopDelayP99Us, ...who }) => {
    const name = nameOf(who)
    return [
      ...(cpuShare > BUSY_CPU_SHARE ? [`${name} used ${percent(cpuShare)} of a core`] : []),
      ...(loopDelayP99Us > BUSY_LOOP_DELAY_US ? [`${name} had a loop delay p99 of ${ms(loopDelayP99Us)}`] : []),
    ]
  })
  if (busy.length === 0) return null
  return {
    cause: 'generator-busy',
    severity: generatorLate(facts) === null ? 'suspect' : 'invalid',
    message: `${busy.join('; ')} (limits ${percent(BUSY_CPU_SHARE)} and ${ms(BUSY_LOOP_DELAY_US)})`,
    advice: relief(facts.plan),
  }
}

const RATE_INVALID = 0.99
const RATE_SUSPECT = 0.995

/**
 * Arrivals that were not missed against those the pacer scheduled (not against the nominal rate: Poisson varies).
 * A dropped arrival had its turn and found the queue full: that is the target's doing.
 */
function rateNotReached({ plan, paced, lost }: ValidityFacts): ValidityFinding | null {
  if (!isArrivalProfile(plan.profile) || paced.scheduled === 0) return null
  const tolerated =
    plan.cluster?.toleratesLost === true ? lost.reduce((sum, one) => sum + (one.unaccounted ?? 0), 0) : 0
  const share = 1 - Math.max(0, paced.scheduled - paced.dispatched - tolerated) / paced.scheduled
  if (share >= RATE_SUSPECT) return null
  const severity = share < RATE_INVALID ? 'invalid' : 'suspect'
  return {
    cause: 'rate-not-reached',
    severity,
    message:
      `the generator started ${percent(share, 1)} of the scheduled arrivals, under ` +
      percent(severity === 'invalid' ? RATE_INVALID : RATE_SUSPECT, 1),
    advice: `${relief(plan)}, or ask for a lower rate`,
  }
}

const CLOCK_JUMP_US = 500_000

function clockJumped({ clockJumpUs }: ValidityFacts): ValidityFinding | null {
  if (clockJumpUs <= CLOCK_JUMP_US) return null
  return {
    cause: 'clock',
    severity: 'invalid',
    message: `wall clock and monotonic clock moved apart by ${ms(clockJumpUs)} within a second`,
    advice: 'keep the machine from suspending and its clock from being set during a load',
  }
}

const DRIFT_SECONDS = 30
const DRIFT_P = 0.01
/** The trend test takes time in the square of its values; more seconds are taken together by their median. */
const DRIFT_VALUES = 600

function drift({ secondMediansUs }: ValidityFacts): ValidityFinding | null {
  if (secondMediansUs.length < DRIFT_SECONDS) return null
  const size = Math.ceil(secondMediansUs.length / DRIFT_VALUES)
  const values = Array.from({ length: Math.floor(secondMediansUs.length / size) }, (_, i) =>
    median(secondMediansUs.slice(i * size, (i + 1) * size)),
  )
  const { p, slope } = mannKendall(values)
  if (!(p < DRIFT_P)) return null
  const growth = (slope * values.length) / median(values)
  return {
    cause: 'drift',
    severity: 'suspect',
    message: `the median latency ${growth < 0 ? 'fell' : 'rose'} by about ${percent(Math.abs(growth))} over the window (trend test p < 0.01)`,
    advice: growth < 0 ? 'lengthen the warm-up' : 'look for what builds up in the target: queue, memory, heat',
  }
}

const TOKEN_TOLERANCE = 0.05

/** A delta carries at least a token: usage that reports fewer tokens than deltas contradicts the stream. */
function tokensDisagree({ series, tokenSource }: ValidityFacts): ValidityFinding | null {
  const { outputTokens, ttftFromSent, interChunkLatency } = series.distributions
  if (tokenSource !== 'usage' || outputTokens === undefined || ttftFromSent === undefined) return null
  // Answers without usage would be missed among the tokens but counted among the deltas.
  if (outputTokens.n < ttftFromSent.n) return null
  const deltas = ttftFromSent.n + (interChunkLatency?.n ?? 0)
  if (outputTokens.sum >= (1 - TOKEN_TOLERANCE) * deltas) return null
  return {
    cause: 'tokens-disagree',
    severity: 'suspect',
    message: `usage reports ${outputTokens.sum} tokens, ${percent(1 - outputTokens.sum / deltas)} fewer than the ${deltas} deltas that arrived`,
    advice: "check the server's usage numbers; token rates rest on them",
  }
}

/** What one generator carries without effort; below, a late one was disturbed by others. */
const EASY_RATE = 1000
const EASY_USERS = 200
const EASY_BURST = 50

/** What to do about a generator that could not keep up. */
function relief({ profile, generators, cluster }: LoadPlan): string {
  if (cluster !== undefined) return 'start more workers, or keep other work off their machines'
  const easy = profile.executor === 'burst-arrivals' ? EASY_BURST : isArrivalProfile(profile) ? EASY_RATE : EASY_USERS
  const quiet = 'keep other work off the cores of this machine while load runs'
  return peakLevel(profile) <= easy * generators
    ? quiet
    : `start more generators: load(..., { generators: ${generators + 1} }), or ${quiet}`
}

/** How a finding names a generator. */
function nameOf({ generator, worker }: Pick<GeneratorHealth, 'generator' | 'worker'>): string {
  return worker === undefined ? `generator ${generator}` : `worker ${worker}`
}

function time(us: number): string {
  return us < 120e6 ? `${Number((us / 1e6).toPrecision(3))} s` : `${Number((us / 60e6).toPrecision(3))} min`
}

function ms(us: number): string {
  return `${Number((us / 1e3).toPrecision(3))} ms`
}

function percent(share: number, digits: number = 0): string {
  return `${(share * 100).toFixed(digits)} %`
}
