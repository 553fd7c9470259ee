import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import { wrap } from '../../src/format/display-width.ts'
import { expectationLines, type Screen } from './load-view.ts'

/** Claims, findings and errors of one load of a procedure; nothing for one that has none, as it need not have claims. */
export function partLines(label: string, why: string | null, load: LoadSummary | null, screen: Screen): string[] {
  const { columns, style } = screen
  const told = load === null ? [] : toldLines(load, screen)
  if (why === null && told.length === 0) return []
  return [
    ...wrap(label, columns, 2).map(style.bold),
    ...(why === null ? [] : wrap(`✗ ${why}`, columns, 2).map(style.red)),
    ...told,
  ]
}

function toldLines(load: LoadSummary, screen: Screen): string[] {
  const lines = expectationLines(load, screen)
  // The last line of a load without claims is that it has none.
  return load.expectations.length > 0 ? lines : lines.slice(0, -1)
}
