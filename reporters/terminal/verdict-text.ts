import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import type { ComparisonVerdict, Verdict } from '../../src/domain/verdict.ts'
import type { Style, StyleName } from '../../src/format/style.ts'
import { VERDICT_WORDS, verdictOfLoad } from '../verdict-word.ts'

const COLOURS: Readonly<Record<Verdict, StyleName>> = {
  pass: 'green',
  weak: 'yellow',
  fail: 'red',
  inconclusive: 'yellow',
  invalid: 'red',
}

/** The mark that stands before an expectation. */
export function verdictMark(verdict: Verdict, style: Style): string {
  return style[COLOURS[verdict]](VERDICT_WORDS[verdict].mark)
}

/** What the verdict is called. */
export function verdictWord(verdict: Verdict): string {
  return VERDICT_WORDS[verdict].word
}

/** What a load amounts to: the worst verdict of its expectations, and INVALID when its numbers may not be judged. */
export function loadVerdict(load: LoadSummary, style: Style): string {
  const worst = verdictOfLoad(load)
  return worst === null ? style.dim('no claim') : style[COLOURS[worst]](VERDICT_WORDS[worst].word)
}

/** A comparison's verdict in its colour. */
export function comparisonWord(verdict: ComparisonVerdict, style: Style): string {
  if (verdict === 'REGRESSED') return style.red(verdict)
  if (verdict === 'OK' || verdict === 'IMPROVED') return style.green(verdict)
  return style.yellow(verdict)
}
