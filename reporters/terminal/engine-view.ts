import type { EngineRate, EngineSummary } from '../../src/domain/engine-run.ts'
import { wrapParts } from '../../src/format/display-width.ts'
import { formatCount, formatInterval, formatRate, formatShare, NOT_AVAILABLE } from '../../src/format/quantity-text.ts'
import type { Screen } from './load-view.ts'

/** An engine without its server: prefill and decode apart, and what the server costs. */
export function engineLines(summary: EngineSummary, { columns, style }: Screen): string[] {
  const { title, specId, asked, runs, prefill, decode, output, overheads, end } = summary
  if (runs === 0) return []
  const rate = (name: string, value: EngineRate | null): string[] =>
    value === null
      ? [`  ${name} ${NOT_AVAILABLE}`]
      : [`  ${name} ${formatRate(value.mean)}`, `sd ${formatRate(value.sd)}`, `n = ${formatCount(value.n)}`]
  return [
    ...wrapParts([title, 'tokens per second without the server'], columns, 2).map(style.bold),
    ...wrapParts(
      [
        specId.file,
        `${formatCount(runs)} of ${formatCount(asked)} runs`,
        ...(end === 'aborted' ? ['stopped: this is what was measured until then'] : []),
      ],
      columns,
      2,
    ).map(style.dim),
    ...wrapParts(rate('prefill', prefill), columns, 4),
    ...wrapParts(rate('decode', decode), columns, 4),
    ...wrapParts(rate('whole answers', output), columns, 4),
    ...overheads.flatMap(({ load, share, interval, serverTokensPerSecond, engineTokensPerSecond, n }) =>
      wrapParts(
        [
          `  overhead of the server${load === '' ? '' : ` (${load})`} ${formatShare(share)} ${formatInterval(interval, formatShare)}`.trimEnd(),
          `${formatRate(engineTokensPerSecond)} → ${formatRate(serverTokensPerSecond)}`,
          `n = ${formatCount(n[1])} and ${formatCount(n[0])}`,
        ],
        columns,
        4,
      ),
    ),
  ]
}
