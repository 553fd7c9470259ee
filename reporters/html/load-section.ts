import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import type { ExpectationRecord, Verdict } from '../../src/domain/verdict.ts'
import { spanText } from '../../src/format/alert-text.ts'
import { metricComparisonText } from '../../src/format/comparison-text.ts'
import { profileText, warmupText } from '../../src/format/plan-text.ts'
import { exactDuration, formatCount, formatDuration, formatRate, formatShare } from '../../src/format/quantity-text.ts'
import { VERDICT_WORDS, verdictOfLoad } from '../verdict-word.ts'
import { type BarFigure, waterfalls } from './bar-figure.ts'
import type { ChartSpec } from './chart-spec.ts'
import { loadTables, stageTrees } from './load-tables.ts'
import { histogramCharts, spectrumCharts, trendChart } from './shape-charts.ts'
import type { TableView } from './table-view.ts'
import { timeCharts } from './time-charts.ts'

/** A verdict as the template writes it. */
export interface VerdictView {
  readonly kind: Verdict | 'none'
  readonly mark: string
  readonly word: string
}

/** One claim with its figures. */
export interface ClaimView extends VerdictView {
  readonly claim: string
  readonly figures: readonly string[]
  readonly notes: readonly string[]
}

/** A finding or a warning: what, and what to do about it. */
export interface FindingView {
  readonly severity: 'invalid' | 'suspect' | 'warning' | 'error' | 'finding'
  readonly text: string
}

/** One load as the template writes it. */
export interface LoadView {
  readonly id: string
  readonly title: string
  readonly verdict: VerdictView
  readonly plan: string
  readonly tiles: readonly { readonly name: string; readonly value: string; readonly more: string }[]
  readonly claims: readonly ClaimView[]
  readonly trend: readonly ChartSpec[]
  readonly comparison: { readonly verdict: string; readonly lines: readonly string[] } | null
  readonly course: readonly ChartSpec[]
  readonly spectra: readonly ChartSpec[]
  readonly distributions: readonly ChartSpec[]
  readonly waterfalls: readonly BarFigure[]
  readonly stages: ReturnType<typeof stageTrees>
  readonly findings: readonly FindingView[]
  readonly setup: readonly { readonly name: string; readonly value: string }[]
  readonly tables: readonly TableView[]
}

/** What a page shows of a load, in the order of the page. */
export function loadView(load: LoadSummary, id: string): LoadView {
  return {
    id,
    title: load.title,
    verdict: verdictView(verdictOfLoad(load)),
    plan: [profileText(load.profile), warmupText(load.warmup)].filter(Boolean).join(' '),
    tiles: tiles(load),
    claims: load.expectations.map(claimView),
    trend: trendChart(load, id),
    comparison: comparisonView(load),
    course: timeCharts(load, id),
    spectra: spectrumCharts(load, id),
    distributions: histogramCharts(load, id),
    waterfalls: waterfalls(load),
    stages: stageTrees(load),
    findings: findingViews(load),
    setup: setupView(load),
    tables: loadTables(load),
  }
}

/** A verdict; `null` is what claims nothing. */
export function verdictView(verdict: Verdict | null): VerdictView {
  return verdict === null ? { kind: 'none', mark: '·', word: 'no claim' } : { kind: verdict, ...VERDICT_WORDS[verdict] }
}

/** A claim with what was measured, how far off it is, and what a reader must know. */
export function claimView({ verdict, claim, measured, distance, notes = [] }: ExpectationRecord): ClaimView {
  return { ...verdictView(verdict), claim, figures: [measured, distance ?? ''].filter(Boolean), notes }
}

function tiles({ numbers }: LoadSummary): LoadView['tiles'] {
  const { latency, ttft, tpot, outcomes, outputTokensPerSecond, tokenSource, goodput, goodFraction, audio } = numbers
  const tile = (name: string, value: string, more = ''): LoadView['tiles'] => [{ name, value, more }]
  return [
    ...tile('p50 latency', formatDuration(latency?.p50 ?? null), `mean ${formatDuration(latency?.mean ?? null)}`),
    ...tile('p99 latency', formatDuration(latency?.p99 ?? null), `max ${formatDuration(latency?.max ?? null)}`),
    ...tile(
      'good answers',
      formatRate(numbers.qps),
      `${formatCount(outcomes.good)} of ${formatCount(outcomes.attempted)}`,
    ),
    ...tile('errors', formatShare(numbers.errorRate), `${formatCount(outcomes.attempted - outcomes.good)} requests`),
    ...(ttft === null ? [] : tile('TTFT p95', formatDuration(ttft.p95), `p50 ${formatDuration(ttft.p50)}`)),
    ...(tpot === null ? [] : tile('TPOT p50', formatDuration(tpot.p50), `p95 ${formatDuration(tpot.p95)}`)),
    ...(outputTokensPerSecond === null
      ? []
      : tile(
          'output tokens',
          formatRate(outputTokensPerSecond),
          tokenSource === 'usage' ? 'told by the server' : 'counted by us',
        )),
    ...(goodput === null ? [] : tile('goodput', formatRate(goodput), `${formatShare(goodFraction)} within the SLO`)),
    ...(audio?.charactersPerSecond == null ? [] : tile('characters', formatRate(audio.charactersPerSecond))),
  ]
}

function comparisonView({ comparison }: LoadSummary): LoadView['comparison'] {
  if (comparison === null) return null
  return {
    verdict: `${comparison.verdict} against ${comparison.against}`,
    lines: [...comparison.metrics.map(metricComparisonText), ...comparison.notes],
  }
}

function findingViews({ validity, implausible, numbers, alerts, findings }: LoadSummary): FindingView[] {
  const { frequentError } = numbers
  return [
    ...validity.findings.map(({ severity, message, advice }) => ({ severity, text: `${message}; ${advice}` })),
    // An implausible latency has a warning of its own.
    ...findings
      .filter(({ kind }) => kind !== 'fallback' || implausible === null)
      .map(({ message, advice }) => ({ severity: 'finding' as const, text: `${message}; try: ${advice}` })),
    ...alerts.flatMap(({ rule, isWatched, spans, more }) => [
      ...(isWatched ? [] : [alert(`${rule} could not be watched: nothing that was watched told it`)]),
      ...spans.map((span) =>
        alert(
          `${spanText(span)}, from ${formatDuration(Math.abs(span.intoWindowUs))} ${span.intoWindowUs < 0 ? 'before' : 'into'} the window`,
        ),
      ),
      ...(more === 0 ? [] : [alert(`${rule}: ${formatCount(more)} times more`)]),
    ]),
    ...(implausible === null
      ? []
      : [
          {
            severity: 'warning' as const,
            text: `p50 latency ${formatDuration(implausible.latencyUs)} is ${formatShare(implausible.latencyUs / implausible.usualUs)} of the ${formatDuration(implausible.usualUs)} that comparable runs took: make sure that the service itself answered, not a fallback`,
          },
        ]),
    ...(frequentError === null
      ? []
      : [
          {
            severity: 'error' as const,
            text: `most frequent error: ${frequentError.kind} ${frequentError.detail} on ${frequentError.request}, ${formatCount(frequentError.count)} times: ${frequentError.message}`,
          },
        ]),
  ]
}

function alert(text: string): FindingView {
  return { severity: 'warning', text: `alert ${text}` }
}

function setupView({ setup, startedAt, specId, profile, warmup }: LoadSummary): LoadView['setup'] {
  const { slo } = setup
  const limits =
    slo === null
      ? []
      : (['latency', 'ttft', 'tpot'] as const).flatMap((id) => {
          const us = slo[`${id}Us`]
          return us === null ? [] : [`${id} below ${exactDuration(us)}`]
        })
  return [
    { name: 'spec', value: [specId.file, ...specId.path, specId.label].filter(Boolean).join(' > ') },
    { name: 'started', value: startedAt },
    { name: 'scenarios', value: setup.scenarios.join(', ') },
    { name: 'profile', value: profileText(profile) },
    { name: 'warm-up', value: warmupText(warmup) || 'none' },
    { name: 'SLO', value: limits.join(', ') || 'none' },
    { name: 'seed', value: String(setup.seed) },
    { name: 'generators', value: formatCount(setup.generators) },
  ]
}
