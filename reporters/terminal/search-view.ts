import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import type { SearchSummary } from '../../src/domain/search.ts'
import { capacityLines } from './capacity-view.ts'
import { engineLines } from './engine-view.ts'
import { exhaustionLines } from './exhaustion-view.ts'
import { coldStartLines } from './cold-start-view.ts'
import { concurrencyLines } from './concurrency-view.ts'
import type { Screen } from './load-view.ts'
import { pairsLines } from './pairs-view.ts'
import { tableLines } from './result-table-view.ts'
import { sweepLines } from './sweep-view.ts'

/** A procedure and its loads; nothing when it was stopped before it had anything to show: its test says why. */
export function searchLines(search: SearchSummary, loads: readonly LoadSummary[], screen: Screen): string[] {
  switch (search.kind) {
    case 'capacity':
      return stopped(search) ? [] : capacityLines(search, screen)
    case 'exhaustion':
      return stopped(search) ? [] : exhaustionLines(search, screen)
    case 'sweep':
      return sweepLines(search, loads, screen)
    case 'concurrency':
      return concurrencyLines(search, loads, screen)
    case 'pairs':
      return pairsLines(search, screen)
    case 'cold-start':
      return coldStartLines(search, screen)
    case 'engine':
      return engineLines(search, screen)
    case 'table':
      return tableLines(search, screen)
  }
}

function stopped({ end, trials }: { readonly end: string | null; readonly trials: readonly unknown[] }): boolean {
  return end === 'aborted' && trials.length === 0
}
