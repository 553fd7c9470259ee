import { isRepeatable } from '../compare/compare.ts'
import { comparePairs } from '../compare/compare-pairs.ts'
import { recordedMetrics } from '../compare/recorded-metrics.ts'
import type { RecordedMetrics } from '../domain/history.ts'
import { type Look, PLANNED_LOOKS } from '../domain/look.ts'
import { LoadError } from '../domain/load-error.ts'
import { hasAskedRate, type OnInconclusive } from '../domain/load-plan.ts'
import type { PairRun, PairSide, PairsSummary } from '../domain/pairs.ts'
import { describe } from '../domain/quantity.ts'
import { purposeSeed, seededRandom } from '../domain/random.ts'
import type { Scenario } from '../domain/scenario.ts'
import type { ExpectationRecord } from '../domain/verdict.ts'
import { attachPairs } from '../matchers/pairs-subject.ts'
import { PairedComparison } from '../measure/paired-comparison.ts'
import { type PairsOptions, type PairsQuestion, pairsQuestion } from '../plan/pairs-options.ts'
import {
  type CompareSide,
  type PreparedSide,
  prepareSide,
  type SideEnvironment,
  type SideScenario,
} from './compared-side.ts'
import type { LoadSession } from './load-session.ts'

/** What a comparison needs of its test's loads. */
export type CompareSession = Pick<LoadSession, 'attempt' | 'beginSearch' | 'signal'>

/** What is compared, and what is sent to sides that bring no scenario of their own. */
export type CompareLoad = PairsOptions & { readonly scenario?: SideScenario }

/** Effects, and what a weak verdict does. */
export interface CompareEnvironment extends SideEnvironment {
  readonly onInconclusive: OnInconclusive
}

/** One load of a side. */
interface Visit {
  readonly metrics: RecordedMetrics
  /** Why it does not count; `null` where it does. */
  readonly invalid: string | null
  readonly fixedRate: boolean
}

/**
 * Loads two targets in turn, the order within a pair drawn anew each time, and compares them. None of the loads is in the
 * history: they are about the difference.
 * @throws LoadError `invalid-option`, `server-failed`, `scenario-failed`, `load-aborted`
 */
export async function comparePairwise(
  session: CompareSession,
  environment: CompareEnvironment,
  sides: { readonly a: CompareSide; readonly b: CompareSide },
  { scenario, ...options }: CompareLoad,
): Promise<PairedComparison> {
  const question = pairsQuestion(options)
  requireSides(sides)
  const { specId, tell } = session.beginSearch(question.label)
  const title = [specId.path.at(-1) ?? specId.file, question.label].join(' · ')
  const pairs: PairRun[] = []
  const expectations: ExpectationRecord[] = []
  const onInconclusive = question.load.onInconclusive ?? environment.onInconclusive
  const most = onInconclusive === 'rerun' ? PLANNED_LOOKS : 1
  let look: Look | undefined
  const names: Record<PairSide, string> = { a: 'a', b: 'b' }
  let fixedRate = false
  const tellEnd = (end: PairsSummary['end']): void =>
    tell({
      kind: 'pairs',
      specId,
      title,
      names: { ...names },
      asked: question.pairs * (look?.index ?? 1),
      pairs: [...pairs],
      comparison: end === null || pairs.length < 2 ? null : comparePairs(pairs, { fixedRate, look }),
      expectations: [...expectations],
      end,
    })
  tellEnd(null)
  const prepared: Partial<Record<PairSide, PreparedSide>> = {}
  try {
    for (const side of ['a', 'b'] as const) {
      const made = await prepareSide(side, sides[side], scenario, environment)
      prepared[side] = made
      names[side] = made.name
      stopWhenAborted(session)
    }
    const random = seededRandom(purposeSeed(question.seed, 'order of pairs'))
    for (let pair = 0; pair < most * question.pairs; pair++) {
      // Pairs are added at looks that were planned before, and none is taken away.
      if (pair % question.pairs === 0) {
        if (pair > 0 && !isRepeatable(comparePairs(pairs, { fixedRate, look }))) break
        if (most > 1) look = { index: pair / question.pairs + 1, of: most }
      }
      const first: PairSide = random() < 0.5 ? 'a' : 'b'
      const visits: Partial<Record<PairSide, Visit>> = {}
      for (const side of first === 'a' ? (['a', 'b'] as const) : (['b', 'a'] as const)) {
        visits[side] = await prepared[side]!.visit((sent) => visit(session, sent, question, { pair, side, look }))
        stopWhenAborted(session)
      }
      const [a, b] = [visits.a!, visits.b!]
      fixedRate = a.fixedRate
      const reasons = [a, b].flatMap(({ invalid }, i) =>
        invalid === null ? [] : [`${i === 0 ? 'a' : 'b'}: ${invalid}`],
      )
      pairs.push({ first, a: a.metrics, b: b.metrics, excluded: reasons.length === 0 ? null : reasons.join('; ') })
      tellEnd(null)
    }
  } catch (error) {
    tellEnd('aborted')
    throw error
  } finally {
    await prepared.a?.remove()
    await prepared.b?.remove()
  }
  tellEnd('done')
  const comparison = comparePairs(pairs, { fixedRate, look })
  const found = new PairedComparison({ schema: 'perf/pairs@1', title, names, pairs, fixedRate, look, comparison })
  attachPairs(found, {
    onInconclusive,
    record: (expectation) => {
      expectations.push(expectation)
      tellEnd('done')
    },
  })
  return found
}

async function visit(
  session: CompareSession,
  scenario: Scenario,
  { load, seed, pairs, label }: PairsQuestion,
  { pair, side, look }: { readonly pair: number; readonly side: PairSide; readonly look: Look | undefined },
): Promise<Visit> {
  const { measurement } = await session.attempt(
    scenario,
    // Both loads of a pair draw alike, so that chance falls on both.
    { ...load, label, seed: seed + pair },
    {
      role: 'trial',
      progress: [
        ...(look === undefined || look.index === 1 ? [] : [`look ${look.index} of at most ${look.of}`]),
        `pair ${pair + 1} of ${pairs * (look?.index ?? 1)}`,
        side,
      ].join(' · '),
      by: 'users',
      level: pair + 1,
      firstFailing: null,
      question: null,
    },
  )
  const { validity, plan } = measurement
  return {
    metrics: recordedMetrics(measurement),
    invalid: validity.state === 'invalid' ? validity.findings.map(({ message }) => message).join(', ') : null,
    fixedRate: hasAskedRate(plan.profile),
  }
}

function stopWhenAborted({ signal }: CompareSession): void {
  if (signal.aborted) throw new LoadError('load-aborted', 'the comparison was stopped')
}

function requireSides(sides: unknown): void {
  const given = typeof sides === 'object' && sides !== null ? Object.keys(sides).sort().join() : null
  if (given === 'a,b') return
  throw new LoadError(
    'invalid-option',
    `compare({ a, b }, options): got ${describe(sides)}, takes a base a and a candidate b`,
    {
      hint: "compare({ a: http.get(oldUrl), b: http.get(newUrl) }, { users: 4, duration: '5s' })",
    },
  )
}
