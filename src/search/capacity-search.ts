/*
 * Which level to try next, from the trials so far. Pure: the loads are somebody else's.
 *
 *   climb     from, 2 from, 4 from ... until one fails: cheap, because low levels are where a fault shows at once
 *   halve     the bracket [passes, fails] at its geometric middle until it is as narrow as asked for
 *   confirm   the failing end with one longer trial, then the passing end with several
 *
 * Trials are noisy, and a wrong one may lie at either end. So longer trials outvote short ones, a level whose longer
 * trials fail as often as they pass counts as failing, and the passing end is confirmed when its passes lead by
 * `confirm`: a random walk that starts at 0, ends at `confirm` as an answer and at the first tie after a failure as a
 * failing level. From there the search goes on below (or, at the failing end, above). A failing level under a passing
 * one decides until it is confirmed or outvoted: the answer never lies above a failure that nobody looked at again.
 */
import type { CapacityEnd, LevelKind, TrialOutcome, TrialSummary } from '../domain/capacity.ts'

/** What a search asks. */
export interface CapacityRules {
  readonly by: LevelKind
  readonly from: number
  readonly to: number
  /** Width of the bracket at the end, relative to its lower end; over 0. */
  readonly precision: number
  /** By how many trials the passing ones must lead at the answer. */
  readonly confirm: number
  readonly maxTrials: number
}

/** What the search needs to know of a trial. */
export type Tried = Pick<TrialSummary, 'level' | 'confirming' | 'outcome'>

/** The next trial, or the end. */
export type SearchStep =
  | {
      readonly kind: 'trial'
      readonly level: number
      readonly confirming: boolean
      /** A pass would end the search: this load is the answer's own measurement. */
      readonly deciding: boolean
    }
  | { readonly kind: 'end'; readonly end: CapacityEnd }

/** What is known: the bracket, and whether its lower end is confirmed. */
export interface Bracket {
  /** Highest level that passes with none that fails below it. */
  readonly passing: number | null
  /** Lowest level that fails. */
  readonly failing: number | null
  /** Lowest level that the generator could not apply, when it is below every failing one. */
  readonly unreachable: number | null
  readonly confirmed: boolean
}

/** Invalid trials in a row at one level after which the generator is taken not to reach it. */
const INVALID_IN_A_ROW = 2
const CLIMB = 2

/** The next step of a search. */
export function nextStep(rules: CapacityRules, trials: readonly Tried[]): SearchStep {
  const step = wanted(rules, trials)
  return step.kind === 'trial' && trials.length >= rules.maxTrials ? { kind: 'end', end: 'trials-used-up' } : step
}

/** The bracket that the trials amount to. */
export function bracketOf({ confirm }: Pick<CapacityRules, 'confirm'>, trials: readonly Tried[]): Bracket {
  const standings = standingsOf(trials)
  const ceiling = standings.find(({ verdict }) => verdict === 'failed' || verdict === 'invalid')
  const passing = standings.findLast(
    ({ level, verdict }) => verdict === 'passed' && (ceiling === undefined || level < ceiling.level),
  )
  const failing = standings.find(({ verdict }) => verdict === 'failed')?.level ?? null
  return {
    passing: passing?.level ?? null,
    failing,
    unreachable: ceiling?.verdict === 'invalid' ? ceiling.level : null,
    confirmed: passing !== undefined && passing.lead >= confirm,
  }
}

/** Levels at which trials contradict each other, or that pass although a lower one fails. */
export function contradictions(trials: readonly Tried[]): readonly string[] {
  const standings = standingsOf(trials)
  const lowest = standings.find(({ verdict }) => verdict === 'failed')?.level ?? Infinity
  return standings.flatMap(({ level, passed, failed, verdict }) => {
    if (passed > 0 && failed > 0) return [`trials at ${level} disagree: ${passed} passed, ${failed} failed`]
    return verdict === 'passed' && level > lowest ? [`${level} passed although ${lowest} fails`] : []
  })
}

/** How many more trials a search takes when those still open go as they mostly do. */
export function expectedTrials(rules: CapacityRules, trials: readonly Tried[]): readonly Tried[] {
  const played: Tried[] = [...trials]
  for (;;) {
    const step = nextStep(rules, played)
    if (step.kind === 'end') return played.slice(trials.length)
    const { passing, failing, unreachable } = bracketOf(rules, played)
    const atCeiling = step.level === failing || (failing === null && unreachable === null && step.level > rules.from)
    const outcome: TrialOutcome = atCeiling && step.level !== passing ? 'failed' : 'passed'
    played.push({ level: step.level, confirming: step.confirming, outcome })
  }
}

function wanted(rules: CapacityRules, trials: readonly Tried[]): SearchStep {
  const { from, to, confirm } = rules
  const { passing, failing, unreachable, confirmed } = bracketOf(rules, trials)
  const standings = standingsOf(trials)
  const failureConfirmed = standings.some(({ level, confirming }) => level === failing && confirming)
  if (passing === null) {
    if (unreachable !== null) return end('generator')
    if (failing === null) return trial(from, false, false)
    return failureConfirmed ? end('from-fails') : trial(failing, true, false)
  }
  const upper = unreachable ?? failing
  if (upper === null && passing < to) return trial(Math.min(to, passing * CLIMB), false, false)
  if (upper !== null) {
    const middle = between(rules, passing, upper)
    if (middle !== null) return trial(middle, false, false)
    if (unreachable === null && !failureConfirmed) return trial(upper, true, false)
  }
  if (!confirmed) {
    const lead = standings.find(({ level }) => level === passing)!.lead
    return trial(passing, true, lead === confirm - 1)
  }
  if (unreachable !== null) return end('generator')
  return end(failing === null ? 'to-passes' : 'found')
}

function trial(level: number, confirming: boolean, deciding: boolean): SearchStep {
  return { kind: 'trial', level, confirming, deciding }
}

function end(reason: CapacityEnd): SearchStep {
  return { kind: 'end', end: reason }
}

/** The geometric middle of a bracket, as a number that people can read; `null` when it is narrow enough. */
function between({ by, precision }: CapacityRules, low: number, high: number): number | null {
  if (high / low - 1 <= precision) return null
  const middle = Math.sqrt(low * high)
  if (by === 'users') {
    const users = Math.round(middle)
    return users > low && users < high ? users : null
  }
  // Rounding must not eat the precision: one more digit than it has.
  const digits = Math.max(3, 2 + Math.ceil(-Math.log10(precision)))
  const rate = Number(middle.toPrecision(digits))
  return rate > low && rate < high ? rate : null
}

/** Everything that is known of one level. */
interface Standing {
  readonly level: number
  readonly verdict: TrialOutcome
  readonly passed: number
  readonly failed: number
  /** Passes less failures among confirming trials. */
  readonly lead: number
  /** Whether a confirming trial said anything. */
  readonly confirming: boolean
}

/** By level, lowest first. A level whose only trial was invalid is as good as untried: it deserves another attempt. */
function standingsOf(trials: readonly Tried[]): readonly Standing[] {
  const levels = [...new Set(trials.map(({ level }) => level))].sort((a, b) => a - b)
  return levels.flatMap((level) => {
    const judged = trials.filter((one) => one.level === level && one.outcome !== 'invalid')
    const long = judged.filter(({ confirming }) => confirming)
    const votes = long.length > 0 ? long : judged
    const count = (of: readonly Tried[], outcome: TrialOutcome): number =>
      of.filter((one) => one.outcome === outcome).length
    const unreachable = invalidInARow(trials, level) >= INVALID_IN_A_ROW
    if (judged.length === 0 && !unreachable) return []
    return {
      level,
      verdict: unreachable ? 'invalid' : count(votes, 'passed') > count(votes, 'failed') ? 'passed' : 'failed',
      passed: count(judged, 'passed'),
      failed: count(judged, 'failed'),
      lead: count(long, 'passed') - count(long, 'failed'),
      confirming: long.length > 0,
    } satisfies Standing
  })
}

function invalidInARow(trials: readonly Tried[], level: number): number {
  const ofLevel = trials.filter((one) => one.level === level)
  const lastJudged = ofLevel.findLastIndex(({ outcome }) => outcome !== 'invalid')
  return ofLevel.length - 1 - lastJudged
}
