import type { ConcurrencySummary } from '../../src/domain/concurrency.ts'
import type { ColdStartSummary } from '../../src/domain/cold-start.ts'
import type { EngineRate, EngineSummary } from '../../src/domain/engine-run.ts'
import type { ExpectationRecord } from '../../src/domain/verdict.ts'
import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import type { SearchSummary } from '../../src/domain/search.ts'
import { specIdText } from '../../src/domain/spec-id.ts'
import { pointsOf, pointText, type SweepPoint, type SweepSummary } from '../../src/domain/sweep.ts'
import type { LevelKind, TrialSummary } from '../../src/domain/capacity.ts'
import { answerText, levelText, limitsText } from '../../src/format/capacity-text.ts'
import { exhaustionText, signText } from '../../src/format/exhaustion-text.ts'
import {
  formatCount,
  formatDuration,
  formatInterval,
  formatRate,
  formatShare,
  formatSpeedup,
  formatUsers,
  significant,
} from '../../src/format/quantity-text.ts'
import { tableTexts } from '../../src/format/table-text.ts'
import { sweepFigures } from '../sweep-figure.ts'
import type { ChartSpec } from './chart-spec.ts'
import { pairsPart } from './pairs-part.ts'
import { capacityChart } from './shape-charts.ts'
import { heatView, type TableView, tableView } from './table-view.ts'

/** A procedure of many loads: its answer, its curve or matrix, what it notes. */
export interface ProcedureView {
  readonly title: string
  readonly answer: string
  /** What was asked, and how it ended. */
  readonly lines: readonly string[]
  readonly charts: readonly ChartSpec[]
  readonly tables: readonly TableView[]
  readonly claims: readonly ExpectationRecord[]
}

/** What a page shows of a procedure. @param loads of the whole run: a sweep's cells are among them */
export function procedureView(search: SearchSummary, loads: readonly LoadSummary[], id: string): ProcedureView {
  const stopped = search.end === 'aborted' ? ['stopped: this is what was measured until then'] : []
  const notes = 'notes' in search && search.kind !== 'table' ? search.notes : []
  const { title } = search
  const part = partOf(search, loads, id)
  return { title, charts: [], claims: [], ...part, lines: [...part.lines, ...stopped, ...notes] }
}

type Part = Pick<ProcedureView, 'answer' | 'lines' | 'tables'> & Partial<Pick<ProcedureView, 'charts' | 'claims'>>

function partOf(search: SearchSummary, loads: readonly LoadSummary[], id: string): Part {
  switch (search.kind) {
    case 'capacity':
      return {
        answer: answerText(search),
        lines: [
          `${levelText(search.by, search.from)} to ${levelText(search.by, search.to)} until ${limitsText(search.limits)}`,
        ],
        charts: capacityChart(search.trials, search.by, 'Capacity', id),
        tables: [trialTable(search.trials, search.by)],
      }
    case 'exhaustion':
      return {
        answer: exhaustionText(search),
        lines: [
          `${levelText(search.by, search.from)} to ${levelText(search.by, search.to)} until ${formatShare(search.refusal)} of the requests fail`,
        ],
        charts: capacityChart(search.trials, search.by, 'Ramp', id),
        tables: [
          tableView(
            'What gave out, in order',
            ['sign', 'level', 'after', 'figures'],
            search.signs.map((sign) => [
              signText(sign),
              levelText(search.by, sign.level),
              formatDuration(sign.atUs),
              sign.figure,
            ]),
            { words: [3] },
          ),
          trialTable(search.trials, search.by),
        ],
      }
    case 'sweep':
      return sweepPart(search, loads)
    case 'concurrency':
      return concurrencyPart(search, loads)
    case 'pairs':
      return pairsPart(search)
    case 'cold-start':
      return coldStartPart(search)
    case 'engine':
      return enginePart(search)
    case 'table': {
      const { titles, rows, words, notes } = tableTexts(search)
      return { answer: '', lines: notes, tables: [tableView(search.specId.label, titles, rows, { words })] }
    }
  }
}

function trialTable(trials: readonly TrialSummary[], by: LevelKind): TableView {
  return tableView(
    'Trials',
    [by, 'outcome', 'attempted', 'answered', 'p50', 'p99', 'errors', 'why'],
    trials
      .toSorted((a, b) => a.level - b.level)
      .map((trial) => [
        levelText(by, trial.level),
        trial.outcome,
        formatCount(trial.attempted),
        formatRate(trial.qps),
        formatDuration(trial.latencyP50Us),
        formatDuration(trial.latencyP99Us),
        formatShare(trial.errorRate),
        trial.why,
      ]),
    { words: [1, 7] },
  )
}

function loadOf(loads: readonly LoadSummary[], { specId }: SearchSummary, label: string): LoadSummary | null {
  return loads.find((load) => specIdText(load.specId) === specIdText({ ...specId, label })) ?? null
}

/** A matrix for each figure, the last axis from left to right, as heat. */
function sweepPart(sweep: SweepSummary, loads: readonly LoadSummary[]): Part {
  const { axes, cells } = sweep
  const found = cells.map(({ label, point }) => ({ point, load: loadOf(loads, sweep, label) }))
  const measured = found.flatMap(({ load }) => load?.numbers ?? [])
  const last = axes.at(-1)
  if (last === undefined) return { answer: 'no axes', lines: [], tables: [] }
  const rows = pointsOf(axes.slice(0, -1))
  const at = (point: SweepPoint): LoadSummary | null =>
    found.find((cell) => Object.entries(point).every(([name, value]) => cell.point[name] === value))?.load ?? null
  return {
    answer: `${formatCount(measured.length)} of ${formatCount(cells.length)} cells measured`,
    lines: cells.flatMap(({ label, why }) => (why === null ? [] : [`${label}: ${why}`])),
    tables: sweepFigures(measured).map(({ title, value, text }) => {
      const matrix = rows.map((row) => last.values.map((one) => at({ ...row, [last.name]: one })))
      const table = tableView(
        title,
        ['', ...last.values.map((one) => `${last.name}=${String(one)}`)],
        rows.map((row, i) => [
          pointText(row),
          ...matrix[i]!.map((load) =>
            load === null
              ? 'n/a'
              : `${load.validity.state === 'invalid' ? '! ' : ''}${text(value(load.numbers), load.numbers)}`,
          ),
        ]),
      )
      return heatView(
        table,
        matrix.map((row) => row.map((load) => (load === null ? null : value(load.numbers)))),
      )
    }),
  }
}

function concurrencyPart(summary: ConcurrencySummary, loads: readonly LoadSummary[]): Part {
  const { users, speedup, speedupInterval, efficiency } = summary
  const [one, many] = [summary.sequential, summary.concurrent].map(
    (label) => loadOf(loads, summary, label)?.numbers ?? null,
  )
  const row = (name: string, text: (numbers: NonNullable<typeof one>) => string): string[] => [
    name,
    ...[one, many].map((numbers) => (numbers === null || numbers === undefined ? 'n/a' : text(numbers))),
  ]
  return {
    answer:
      speedup === null
        ? 'speed-up n/a'
        : `${formatSpeedup(speedup)} ${formatInterval(speedupInterval, formatSpeedup)} with ${formatUsers(users)}, efficiency ${formatShare(efficiency)}`,
    lines: [],
    tables: [
      tableView(
        'One after the other against at once',
        ['', 'sequential', formatUsers(users)],
        [
          row('requests', ({ outcomes }) => formatCount(outcomes.attempted)),
          row('success', ({ outcomes: { good, attempted } }) => formatShare(attempted === 0 ? null : good / attempted)),
          row('total time', ({ windowUs }) => formatDuration(windowUs)),
          row('good answers', ({ qps }) => formatRate(qps)),
          row('tokens/s', ({ outputTokensPerSecond }) => formatRate(outputTokensPerSecond)),
          row('p50 latency', ({ latency }) => formatDuration(latency?.p50 ?? null)),
          row('max latency', ({ latency }) => formatDuration(latency?.max ?? null)),
          row('p50 TTFT', ({ ttft }) => formatDuration(ttft?.p50 ?? null)),
        ],
      ),
    ],
  }
}

function coldStartPart({ asked, runs, expectations }: ColdStartSummary): Part {
  return {
    answer: `${formatCount(runs.length)} of ${formatCount(asked)} starts`,
    lines: [],
    claims: expectations,
    tables: [
      tableView(
        'Starts',
        [
          'start',
          'ready',
          'model load',
          'first good answer',
          'cold start',
          'steady p50',
          'first / steady',
          'until steady',
        ],
        runs.map((run, i) => [
          String(i + 1),
          ...[run.readyUs, run.modelLoadUs, run.firstAnswerUs, run.coldStartUs, run.steadyUs].map(formatDuration),
          run.firstRequestPenalty === null ? 'n/a' : `${significant(run.firstRequestPenalty)}×`,
          run.untilSteady === null ? 'n/a' : `${formatCount(run.untilSteady)} requests`,
        ]),
      ),
    ],
  }
}

function enginePart({ asked, runs, prefill, decode, output, overheads }: EngineSummary): Part {
  const row = (name: string, rate: EngineRate | null): string[] => [
    name,
    formatCount(rate?.n ?? 0),
    formatRate(rate?.mean ?? null),
    formatRate(rate?.sd ?? null),
  ]
  return {
    answer: `${formatCount(runs)} of ${formatCount(asked)} runs`,
    lines: overheads.map(
      ({ load, share, interval }) =>
        `overhead of the server${load === '' ? '' : ` (${load})`}: ${formatShare(share)} ${formatInterval(interval, formatShare)}`,
    ),
    tables: [
      tableView(
        'Tokens per second without the server',
        ['', 'n', 'mean', 'sd'],
        [row('prefill', prefill), row('decode', decode), row('whole answers', output)],
      ),
    ],
  }
}
