import type { HistoryPoint, RecordedSample, RecordedStage } from '../domain/history.ts'
import type { RecordedMetricId } from '../domain/metric.ts'

/** Runs that follow each other and measured the same thing. */
export interface Version {
  /** Of each run, oldest first; at least one. */
  readonly values: readonly number[]
  /** Their geometric mean; the arithmetic one where a value is not above 0. */
  readonly value: number
  /** Coefficient of variation from run to run; `null` below two runs. */
  readonly cv: number | null
  /** The newest of the runs. */
  readonly last: HistoryPoint
  /** Mean stages over the runs that tell the same ones as the last; empty without. */
  readonly stages: readonly RecordedStage[]
  /** Values that imported runs were told with, in their order. */
  readonly samples: readonly RecordedSample[]
}

/**
 * Runs as versions: those of one clean commit, and imported ones of one commit, belong together where they follow each
 * other. A run without a commit, with uncommitted changes, or under way is a version of its own, because nobody can
 * tell what it measured.
 */
export function versionsOf(
  runs: readonly HistoryPoint[],
  metric: RecordedMetricId,
  current: HistoryPoint | null,
): readonly Version[] {
  const groups: HistoryPoint[][] = []
  for (const run of runs) {
    if (run.metrics[metric] === undefined) continue
    const before = groups.at(-1)?.at(-1)
    if (before !== undefined && run !== current && sameVersion(before, run)) groups.at(-1)!.push(run)
    else groups.push([run])
  }
  return groups.map((group) => versionOf(group, metric))
}

/** What a version is called: as it was imported, by its short commit, else by the time to the minute. */
export function labelOf({ last: { label, commit, startedAt, dirty } }: Pick<Version, 'last'>): string {
  if (label !== undefined) return label
  if (commit === null) return startedAt.slice(0, 16).replace('T', ' ')
  return `${commit.slice(0, 7)}${dirty === true ? '*' : ''}`
}

function sameVersion(a: HistoryPoint, b: HistoryPoint): boolean {
  return a.origin === b.origin && a.commit !== null && a.commit === b.commit && a.dirty !== true && b.dirty !== true
}

function versionOf(group: readonly HistoryPoint[], metric: RecordedMetricId): Version {
  const values = group.map(({ metrics }) => metrics[metric]!.value)
  const last = group.at(-1)!
  const told = group.flatMap(({ samples = [] }) => samples.filter((sample) => sample.metric === metric))
  // Imported runs of one commit, each told as one value, were taken one after the other as well.
  const samples =
    told.length > 0 || last.origin === 'measured' ? told : values.map((value) => ({ metric, round: null, value }))
  return { values, value: meanOf(values), cv: cvOf(values), last, stages: stagesOf(group), samples }
}

function meanOf(values: readonly number[]): number {
  if (values.length === 1) return values[0]!
  return values.every((value) => value > 0) ? Math.exp(average(values.map(Math.log))) : average(values)
}

function cvOf(values: readonly number[]): number | null {
  const mean = average(values)
  if (values.length < 2 || mean === 0) return null
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)) / Math.abs(mean)
}

function stagesOf(group: readonly HistoryPoint[]): readonly RecordedStage[] {
  const names = ({ stages }: HistoryPoint): string => stages.map(({ name }) => name).join('\n')
  const same = group.filter((run) => names(run) === names(group.at(-1)!))
  return group.at(-1)!.stages.map((stage, i) => ({
    ...stage,
    n: same.reduce((sum, { stages }) => sum + stages[i]!.n, 0),
    meanUs: average(same.map(({ stages }) => stages[i]!.meanUs)),
  }))
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
