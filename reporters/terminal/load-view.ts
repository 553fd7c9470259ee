import { failedCount } from '../../src/domain/measurement.ts'
import type { LoadNumbers, LoadSummary, PercentileSummary } from '../../src/domain/perf-meta.ts'
import type { ExpectationRecord } from '../../src/domain/verdict.ts'
import { displayWidth, wrap, wrapParts } from '../../src/format/display-width.ts'
import { profileText, warmupText } from '../../src/format/plan-text.ts'
import {
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  NOT_AVAILABLE,
  significant,
} from '../../src/format/quantity-text.ts'
import type { Style } from '../../src/format/style.ts'
import { renderTable } from '../../src/format/table.ts'
import type { Column } from '../../src/format/table.ts'
import { loadVerdict, verdictMark, verdictWord } from './verdict-text.ts'

/** Where and how lines are drawn. */
export interface Screen {
  /** Cells of a line; nothing is drawn wider. */
  readonly columns: number
  readonly style: Style
}

const right = (title: string): Column => ({ title, align: 'right' })
const PERCENTILES: readonly Column[] = ['p50', 'p90', 'p95', 'p99', 'max'].map(right)
const WIDE_COLUMNS: readonly Column[] = [
  { title: '', align: 'left' },
  right('n'),
  right('qps'),
  ...PERCENTILES,
  right('TTFT p95'),
  right('TPOT p50'),
  right('tokens/s'),
  right('errors'),
  { title: 'verdict', align: 'left' },
]
const BLOCK_COLUMNS: readonly Column[] = [{ title: '', align: 'left' }, right('n'), ...PERCENTILES]

/** Names of a load that have rows of their own. */
const MOST_NAMES = 20

/** Width from which all loads share one table; below it each load is a block of its own. */
export const WIDE = 120

/** One table over all loads: a row for latency and one for service time each, under the load's title. */
export function wideTable(loads: readonly LoadSummary[], { columns, style }: Screen): string[] {
  const rows = loads.flatMap((load) => partsOf(load).map(({ title, numbers }) => ({ load, title, numbers })))
  const cells = rows.flatMap(({ load, title, numbers }) => [
    [
      '  latency',
      formatCount(numbers.latency?.n ?? 0),
      rate(numbers.qps),
      ...percentiles(numbers.latency),
      formatDuration(numbers.ttft?.p95 ?? null),
      formatDuration(numbers.tpot?.p50 ?? null),
      tokens(numbers),
      formatShare(numbers.errorRate),
      title === load.title ? loadVerdict(load, style) : '',
    ],
    ['  service time', formatCount(numbers.serviceTime?.n ?? 0), '', ...percentiles(numbers.serviceTime)],
  ])
  const [head = '', ...lines] = renderTable(WIDE_COLUMNS, cells)
  return [
    style.dim(head),
    ...rows.flatMap(({ load, title, numbers }, i) => [
      ...wrap(title + classMean(load, numbers), columns, 2).map(style.bold),
      lines[2 * i]!,
      style.dim(lines[2 * i + 1]!),
    ]),
  ]
}

/** One load by itself: its totals and a small table that stacks into lines on the narrowest screens. */
export function loadBlock(load: LoadSummary, screen: Screen): string[] {
  const { columns, style } = screen
  return [
    ...wrap(load.title, columns, 2).map(style.bold),
    ...planLines(load, screen),
    ...partsOf(load).flatMap(({ title, numbers }) => [
      ...(title === load.title ? [] : wrap(title, columns, 2).map(style.bold)),
      ...wrapParts(totals(numbers), columns, 2),
      ...percentileTable(numbers, columns),
    ]),
  ]
}

/** `chat.perf.ts · 10/s poisson for 60 s after 5 s of warm-up`. */
export function planLines(load: LoadSummary, { columns, style }: Screen): string[] {
  const profile = [profileText(load.profile), warmupText(load.warmup)].filter(Boolean).join(' ')
  const hidden = [load.requests, load.promptClasses].reduce(
    (sum, { length }) => sum + Math.max(0, length - MOST_NAMES),
    0,
  )
  const more = hidden > 0 ? [`${formatCount(hidden)} more names are only in JSON`] : []
  return wrapParts([load.specId.file, profile, ...more], columns, 2).map(style.dim)
}

/** The expectations of a load, each with its verdict, what was measured, how far off, and what a reader must know. */
export function expectationLines(load: LoadSummary, screen: Screen): string[] {
  const { columns, style } = screen
  const findings = load.validity.findings.map(({ severity, message, advice }) => `${severity}: ${message}; ${advice}`)
  const findingLines = load.validity.findings.flatMap(({ severity }, i) =>
    wrap(`! ${findings[i]}`, columns, 2).map(severity === 'invalid' ? style.red : style.yellow),
  )
  const error = load.numbers.frequentError
  const errors =
    error === null
      ? []
      : wrap(
          `  most frequent error: ${error.kind} ${error.detail} on ${error.request}, ${formatCount(error.count)} times: ${error.message}`,
          columns,
          4,
        )
  const none = load.expectations.length > 0 ? [] : [style.dim('  no expectation was judged on this load')]
  const expectations = load.expectations.map((record) => ({
    ...record,
    // The load's findings are said once above, the comparison with the reference once in the trend below.
    notes: record.matcher !== 'toNotRegress' ? (record.notes ?? []).filter((note) => !findings.includes(note)) : [],
  }))
  return [
    ...findingLines,
    ...implausibleLines(load, screen),
    ...errors,
    ...checkLines(load, columns),
    ...expectations.flatMap((record) => expectationLine(record, screen)),
    ...none,
  ]
}

/** Something that answers in the place of a service is much faster than it. */
function implausibleLines({ implausible }: LoadSummary, { columns, style }: Screen): string[] {
  if (implausible === null) return []
  const { latencyUs, usualUs, runs } = implausible
  return wrap(
    `! p50 latency ${formatDuration(latencyUs)} is ${formatShare(latencyUs / usualUs)} of the ${formatDuration(usualUs)} that comparable runs took (${formatCount(runs)}): make sure that the service itself answered, not a fallback`,
    columns,
    2,
  ).map(style.yellow)
}

/** Named checks with the share that held. */
function checkLines({ checks }: LoadSummary, columns: number): string[] {
  const named = Object.entries(checks)
  const shown = named.slice(0, MOST_NAMES).flatMap(([name, { passed, failed }]) => {
    const all = passed + failed
    return wrapParts(
      [`  check ${name}`, formatShare(passed / all), `${formatCount(passed)} of ${formatCount(all)} held`],
      columns,
      4,
    )
  })
  const hidden = named.length - MOST_NAMES
  return hidden > 0 ? [...shown, `  ${formatCount(hidden)} more checks are only in JSON`] : shown
}

/** One judged claim: verdict, figures, and what a reader must know. */
export function expectationLine(
  record: ExpectationRecord & { readonly notes: readonly string[] },
  { columns, style }: Screen,
): string[] {
  const word = record.verdict === 'pass' ? '' : `${verdictWord(record.verdict)}: `
  const parts = [`${word}${record.claim}`, record.measured, record.distance ?? ''].filter(Boolean)
  const [first = '', ...rest] = wrapParts(parts, columns - 2)
  return [
    `${verdictMark(record.verdict, style)} ${first}`,
    ...rest.map((line) => `  ${line}`),
    ...record.notes.flatMap((note) => wrap(note, columns - 4).map((line) => style.dim(`    ${line}`))),
  ]
}

/** The load itself and, where it has several, its steps, the parts of its mix, its named requests and classes of prompts. */
function partsOf(load: LoadSummary): { title: string; numbers: LoadNumbers }[] {
  return [
    { title: load.title, numbers: load.numbers },
    ...load.steps.map((step) => ({
      title: `  step ${step.index + 1} · ${step.ratePerSecond === null ? `${step.users} users` : formatRate(step.ratePerSecond)}`,
      numbers: step.numbers,
    })),
    ...load.requests.slice(0, MOST_NAMES).map(({ name, numbers }) => ({ title: `  ${name}`, numbers })),
    ...load.promptClasses.slice(0, MOST_NAMES).map(({ name, numbers }) => ({ title: `  class ${name}`, numbers })),
  ]
}

function totals(numbers: LoadNumbers): string[] {
  const { attempted, dropped, missed } = numbers.outcomes
  const failed = failedCount(numbers.outcomes)
  const lost = [
    [failed, 'failed'],
    [dropped, 'dropped'],
    [missed, 'missed'],
  ] as const
  return [
    `n ${formatCount(attempted)}`,
    `${rate(numbers.qps)} qps`,
    ...(numbers.latency === null ? [] : [`mean ${meanText(numbers.latency)}`]),
    ...(numbers.outputTokensPerSecond === null ? [] : [`${tokens(numbers)} tokens/s`]),
    ...goodputParts(numbers),
    `errors ${formatShare(numbers.errorRate)}`,
    ...lost.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`),
  ]
}

/** `goodput 4.8/s, 96 % within the SLO · token goodput 310/s`; nothing without an SLO. */
export function goodputParts({ goodput, goodFraction, tokenGoodput }: LoadNumbers): string[] {
  if (goodput === null) return []
  return [
    `goodput ${formatRate(goodput)}, ${formatShare(goodFraction)} within the SLO`,
    ...(tokenGoodput === null ? [] : [`token goodput ${formatRate(tokenGoodput)}`]),
  ]
}

function percentileTable(numbers: LoadNumbers, columns: number): string[] {
  const parts: readonly (readonly [string, PercentileSummary | null])[] = [
    ['latency', numbers.latency],
    ['service time', numbers.serviceTime],
    ['TTFT', numbers.ttft],
    ['TPOT', numbers.tpot],
    ['inter-chunk', numbers.interChunkLatency],
  ]
  // Latency always has its row, so that a load without one good answer says n/a instead of nothing.
  const rows = parts.filter(([label, summary]) => summary !== null || label === 'latency')
  const lines = renderTable(
    BLOCK_COLUMNS,
    rows.map(([label, summary]) => [`  ${label}`, formatCount(summary?.n ?? 0), ...percentiles(summary)]),
  )
  if (lines.every((line) => displayWidth(line) <= columns)) return lines
  return rows.flatMap(([label, summary]) =>
    wrapParts(
      [
        `  ${label}`,
        `n ${formatCount(summary?.n ?? 0)}`,
        ...percentiles(summary).map((text, i) => `${PERCENTILES[i]!.title} ${text}`),
      ],
      columns,
      4,
    ),
  )
}

function percentiles(summary: PercentileSummary | null): string[] {
  if (summary === null) return PERCENTILES.map(() => NOT_AVAILABLE)
  return [summary.p50, summary.p90, summary.p95, summary.p99, summary.max].map(formatDuration)
}

/** Who splits by class compares means; there is no room for a column of them. */
function classMean({ promptClasses }: LoadSummary, { latency }: LoadNumbers): string {
  return promptClasses.length === 0 || latency === null ? '' : ` · mean ${meanText(latency)}`
}

/** The mean and how far values lie from it. */
function meanText({ mean, sd }: PercentileSummary): string {
  return `${formatDuration(mean)} ± ${formatDuration(sd)}`
}

function rate(perSecond: number | null): string {
  return perSecond === null ? NOT_AVAILABLE : significant(perSecond)
}

/** A tilde marks counts that are not the server's own. */
function tokens(numbers: LoadNumbers): string {
  if (numbers.outputTokensPerSecond === null) return NOT_AVAILABLE
  return `${numbers.tokenSource === 'usage' ? '' : '~'}${significant(numbers.outputTokensPerSecond)}`
}
