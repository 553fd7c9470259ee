import type { LoadSummary } from '../src/domain/perf-meta.ts'
import type { ExpectationRecord, Verdict } from '../src/domain/verdict.ts'
import type { SpecResult } from './spec-result.ts'

/** How a verdict is written: a mark that does without colour, and a word. */
interface VerdictWord {
  readonly mark: string
  readonly word: string
}

export const VERDICT_WORDS: Readonly<Record<Verdict, VerdictWord>> = {
  pass: { mark: '✓', word: 'pass' },
  weak: { mark: '≈', word: 'weak' },
  fail: { mark: '✗', word: 'FAIL' },
  inconclusive: { mark: '?', word: 'CANNOT JUDGE' },
  invalid: { mark: '!', word: 'INVALID' },
}

const WORST_FIRST: readonly Verdict[] = ['invalid', 'fail', 'inconclusive', 'weak', 'pass']

/** What a load amounts to: the worst of its claims, and `invalid` when its numbers may not be judged; `null` without a claim. */
export function verdictOfLoad({
  validity,
  expectations,
}: Pick<LoadSummary, 'validity' | 'expectations'>): Verdict | null {
  return validity.state === 'invalid' ? 'invalid' : worst(expectations.map(({ verdict }) => verdict))
}

/** What a test amounts to. It fails for other reasons than claims too; one that was cut off has judged nothing for good. */
export function verdictOfTest({ state, loads, searches }: SpecResult): Verdict | null {
  const claims = searches.flatMap((search) => ('expectations' in search ? search.expectations : []))
  const found = worst([...loads.flatMap((load) => verdictOfLoad(load) ?? []), ...claims.map(({ verdict }) => verdict)])
  if (state === 'failed') return found === 'invalid' || found === 'inconclusive' ? found : 'fail'
  return state === 'passed' || (found !== null && found !== 'pass') ? found : 'inconclusive'
}

/** All claims of a test, those on its loads first. */
export function claimsOf({ loads, searches }: SpecResult): readonly ExpectationRecord[] {
  return [
    ...loads.flatMap(({ expectations }) => expectations),
    ...searches.flatMap((search) => ('expectations' in search ? search.expectations : [])),
  ]
}

/** Place in the order from worst to best; what claims nothing comes last. */
export function severityOf(verdict: Verdict | null): number {
  return verdict === null ? WORST_FIRST.length : WORST_FIRST.indexOf(verdict)
}

function worst(verdicts: readonly Verdict[]): Verdict | null {
  return WORST_FIRST.find((verdict) => verdicts.includes(verdict)) ?? null
}
