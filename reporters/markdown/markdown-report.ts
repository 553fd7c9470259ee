import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import type { Verdict } from '../../src/domain/verdict.ts'
import { answerText } from '../../src/format/capacity-text.ts'
import { commonModeText } from '../../src/format/comparison-text.ts'
import { exhaustionText } from '../../src/format/exhaustion-text.ts'
import { recordedMetric } from '../../src/format/metric-text.ts'
import { formatChange, formatCount, formatDuration, formatRate, formatShare } from '../../src/format/quantity-text.ts'
import { tableTexts } from '../../src/format/table-text.ts'
import type { RunReport, SpecResult } from '../spec-result.ts'
import { claimsOf, severityOf, VERDICT_WORDS, verdictOfTest } from '../verdict-word.ts'
import { markdownTable, markdownText } from './markdown-text.ts'

/** What GitHub takes of one step's summary. */
export const SUMMARY_BYTES: number = 2 ** 20

/** Of each load, the best supported. */
const MOST_FINDINGS = 3
/** Room for the line that says how much was left out. */
const TAIL_BYTES = 200

/**
 * A run for a pull request or a job's summary: every test in one table, then what each claim that did not pass is about.
 * The worst comes first, so that what does not fit is what matters least.
 * @param mostBytes of UTF-8
 */
export function markdownReport(report: RunReport, mostBytes: number = SUMMARY_BYTES): string {
  const results = report.results.toSorted((a, b) => severityOf(verdictOfTest(a)) - severityOf(verdictOfTest(b)))
  const rows = results.flatMap(testRows)
  const parts = [
    `## Performance of ${markdownText(report.project)}\n\n${countsText(results)}${report.interrupted ? ', interrupted' : ''}\n`,
    ...(report.commonMode === null ? [] : [`> **${markdownText(commonModeText(report.commonMode))}**\n`]),
    ...cutRows(rows, mostBytes / 2),
    ...results.flatMap(detailText),
    ...results.flatMap(tableParts),
    ...(report.notes.length === 0 ? [] : [report.notes.map((note) => `- ${markdownText(note)}\n`).join('')]),
  ]
  return cut(parts, mostBytes)
}

const TITLES = ['', 'test', 'n', 'good/s', 'p50', 'p99', 'TTFT p95', 'tokens/s', 'errors', 'trend']

/** One row for each load, and one for a test that has none. */
function testRows(result: SpecResult): string[][] {
  const verdict = verdictText(verdictOfTest(result))
  const { loads, searches } = result
  if (loads.length === 0) {
    const answers = searches.map((search) =>
      search.kind === 'capacity' ? answerText(search) : search.kind === 'exhaustion' ? exhaustionText(search) : '',
    )
    const name = [result.name, ...answers].filter(Boolean).join(': ')
    return [[verdict, markdownText(name), ...TITLES.slice(2).map(() => '')]]
  }
  return loads.map((load, i) => {
    const { numbers, label, look } = load
    const name = [
      result.name,
      ...(label === '' ? [] : [label]),
      ...(look === undefined || look.index === 1 ? [] : [`look ${look.index}`]),
    ]
    return [
      i === 0 ? verdict : '',
      markdownText(name.join(' · ')),
      formatCount(numbers.outcomes.attempted),
      formatRate(numbers.qps),
      formatDuration(numbers.latency?.p50 ?? null),
      formatDuration(numbers.latency?.p99 ?? null),
      formatDuration(numbers.ttft?.p95 ?? null),
      formatRate(numbers.outputTokensPerSecond),
      formatShare(numbers.errorRate),
      trendText(load),
    ]
  })
}

function verdictText(verdict: Verdict | null): string {
  return verdict === null ? 'no claim' : `${VERDICT_WORDS[verdict].mark} ${VERDICT_WORDS[verdict].word}`
}

/** The change against the run before, with the comparison's verdict. */
function trendText({ trend, comparison }: LoadSummary): string {
  const change = trend?.points.at(-1)?.change ?? null
  const parts = [
    ...(trend === null || change === null ? [] : [`${recordedMetric(trend.metric).label} ${formatChange(change)}`]),
    ...(comparison === null ? [] : [comparison.verdict]),
  ]
  return parts.join(', ')
}

function countsText(results: readonly SpecResult[]): string {
  const verdicts = results.map(verdictOfTest)
  return [...new Set(verdicts)]
    .map((verdict) => `${formatCount(verdicts.filter((one) => one === verdict).length)} ${verdictText(verdict)}`)
    .join(', ')
}

/** What does not simply pass, claim by claim; findings of loads are told with the first of their claims. */
function detailText(result: SpecResult): string[] {
  const claims = claimsOf(result).filter(({ verdict }) => verdict !== 'pass')
  const findings = result.loads.flatMap(({ validity }) =>
    validity.findings.map(({ severity, message, advice }) => `${severity}: ${message}; ${advice}`),
  )
  const errors = claims.length > 0 ? [] : result.errors
  // What limited a load is told where something is amiss with it; of the rest the other reports tell.
  const limits = result.loads.flatMap((load) =>
    load.findings.slice(0, MOST_FINDINGS).map(({ message, advice }) => `${message}; try: ${advice}`),
  )
  if (claims.length + findings.length + errors.length === 0) return []
  const lines = [
    ...claims.map(
      ({ verdict, claim, measured, distance, notes = [] }) =>
        `- ${verdictText(verdict)} **${markdownText(claim)}**: ${markdownText([measured, distance ?? '', ...notes].filter(Boolean).join(' · '))}`,
    ),
    ...[...findings, ...errors, ...limits].map((text) => `- ${markdownText(text)}`),
  ]
  return [`### ${verdictText(verdictOfTest(result))} ${markdownText(result.name)}\n\n${lines.join('\n')}\n`]
}

/** Tables that the test made itself. */
function tableParts({ searches }: SpecResult): string[] {
  return searches.flatMap((search) => {
    if (search.kind !== 'table') return []
    const { titles, rows, words, notes } = tableTexts(search)
    const figures = titles.findIndex((_, i) => !words.includes(i))
    const lines = markdownTable(
      titles.map(markdownText),
      figures < 0 ? titles.length : figures,
      rows.map((row) => row.map(markdownText)),
    )
    const below = notes.map((note) => `\n${markdownText(note)}\n`)
    return [`### ${markdownText(search.title)}\n\n${lines.join('\n')}\n${below.join('')}`]
  })
}

/** The table, with as many rows as there is room for. */
function cutRows(rows: readonly (readonly string[])[], mostBytes: number): string[] {
  const [head = '', rule = '', ...lines] = markdownTable(TITLES, 2, rows)
  let bytes = 0
  const fitting = lines.filter((line) => (bytes += Buffer.byteLength(line) + 1) <= mostBytes - TAIL_BYTES)
  const left = lines.length - fitting.length
  return [
    `${[head, rule, ...fitting].join('\n')}\n`,
    ...(left === 0 ? [] : [`${formatCount(left)} more rows had no room here; the other reports have them.\n`]),
  ]
}

/** Whole parts, in order, as far as there is room. */
function cut(parts: readonly string[], mostBytes: number): string {
  let bytes = 0
  const fitting = parts.filter((part) => (bytes += Buffer.byteLength(part) + 1) <= mostBytes - TAIL_BYTES)
  const left = parts.length - fitting.length
  return [...fitting, ...(left === 0 ? [] : [`_${formatCount(left)} more sections had no room here._\n`])].join('\n')
}
