import type { Measurement, TableCell, TableOptions } from 'vitest-perf'

/** The same requests one after the other and at once: every figure of both from the two measurements. */
export function sequentialTable(sequential: Measurement, concurrent: Measurement, users: number): TableOptions {
  const both = (cell: (run: Measurement) => TableCell): readonly TableCell[] => [cell(sequential), cell(concurrent)]
  const outcomes = ({ data }: Measurement): Measurement['data']['series']['outcomes'] => data.series.outcomes
  const rows: readonly (readonly [string, (run: Measurement) => TableCell])[] = [
    ['requests', (run) => outcomes(run).attempted],
    ['good', (run) => outcomes(run).good],
    ['failed', (run) => run.lost.total],
    ['success', (run) => ({ value: run.errorRate === null ? null : 1 - run.errorRate, unit: 'share' })],
    ['latency, min', ({ latency }) => ({ value: latency?.min ?? null, unit: 'ms' })],
    ['latency, mean', ({ latency }) => ({ value: latency?.mean ?? null, unit: 'ms', sd: latency?.sd ?? null })],
    ['latency, max', ({ latency }) => ({ value: latency?.max ?? null, unit: 'ms' })],
    ['makespan', ({ data }) => ({ value: data.series.windowUs / 1e3, unit: 'ms' })],
    ['tokens/s of all', (run) => ({ value: run.outputTokensPerSecond, unit: '1/s' })],
    ['tokens/s of a request, median', (run) => ({ value: run.percentile('tokensPerSecond', 50), unit: '1/s' })],
    ['tokens of an answer, median', (run) => run.percentile('outputTokens', 50)],
  ]
  return {
    title: 'sequential and concurrent',
    columns: ['figure', 'one by one', `${users} users`],
    rows: rows.map(([name, cell]) => [name, ...both(cell)]),
    notes: ['makespan: from the first request to the last answer; success counts every request that was asked for'],
  }
}
