import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import type { ComparisonVerdict, Verdict } from '../../src/domain/verdict.ts'
import type { Style, StyleName } from '../../src/format/style.ts'

/** How a verdict looks: a mark before the line, a word, a colour. */
interface VerdictLook {
  readonly mark: string
  readonly word: string
  readonly colour: StyleName
}

const LOOKS: Readonly<Record<Verdict, VerdictLook>> = {
  pass: { mark: '✓', word: 'pass', colour: 'green' },
  weak: { mark: '≈', word: 'weak', colour: 'yellow' },
  fail: { mark: '✗', word: 'FAIL', colour: 'red' },
  inconclusive: { mark: '?', word: 'CANNOT JUDGE', colour: 'yellow' },
  invalid: { mark: '!', word: 'INVALID', colour: 'red' },
}

const WORST_FIRST: readonly Verdict[] = ['invalid', 'fail', 'inconclusive', 'weak', 'pass']

/** The mark that stands before an expectation. */
export function verdictMark(verdict: Verdict, style: Style): string {
  return style[LOOKS[verdict].colour](LOOKS[verdict].mark)
}

/** What the verdict is called. */
export function verdictWord(verdict: Verdict): string {
  return LOOKS[verdict].word
}

/** What a load amounts to: the worst verdict of its expectations, and INVALID when its numbers may not be judged. */
export function loadVerdict(load: LoadSummary, style: Style): string {
  const worst =
    load.validity.state === 'invalid'
      ? 'invalid'
      : WORST_FIRST.find((verdict) => load.expectations.some((record) => record.verdict === verdict))
  return worst === undefined ? style.dim('no claim') : style[LOOKS[worst].colour](LOOKS[worst].word)
}

/** A comparison's verdict in its colour. */
export function comparisonWord(verdict: ComparisonVerdict, style: Style): string {
  if (verdict === 'REGRESSED') return style.red(verdict)
  if (verdict === 'OK' || verdict === 'IMPROVED') return style.green(verdict)
  return style.yellow(verdict)
}
