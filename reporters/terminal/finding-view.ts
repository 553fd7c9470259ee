import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import { wrap } from '../../src/format/display-width.ts'
import type { Screen } from './load-view.ts'

/** More would bury the first ones; all are in JSON. */
const MOST_FINDINGS = 5

/** What the numbers of a load say about its limits, the best supported first, each with what to try. */
export function findingLines(load: LoadSummary, { columns, style }: Screen): string[] {
  // An implausible latency has a warning of its own beside the expectations.
  const findings = load.findings.filter(({ kind }) => kind !== 'fallback' || load.implausible === null)
  if (findings.length === 0) return []
  const hidden = findings.length - MOST_FINDINGS
  return [
    style.bold('  findings'),
    ...findings
      .slice(0, MOST_FINDINGS)
      .flatMap(({ message, advice }, i) => [
        ...wrap(`  ${i + 1}. ${message}`, columns, 5),
        ...wrap(`     try: ${advice}`, columns, 5).map(style.dim),
      ]),
    ...(hidden > 0 ? [style.dim(`     ${hidden} more ${hidden === 1 ? 'is' : 'are'} only in JSON`)] : []),
  ]
}
