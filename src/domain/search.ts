import type { CapacitySummary } from './capacity.ts'
import type { ColdStartSummary } from './cold-start.ts'
import type { ConcurrencySummary } from './concurrency.ts'
import type { EngineSummary } from './engine-run.ts'
import type { ExhaustionSummary } from './exhaustion.ts'
import type { PairsSummary } from './pairs.ts'
import type { TableSummary } from './result-table.ts'
import type { SweepSummary } from './sweep.ts'

/** A procedure of many loads, as it stands, or a table that a spec made of its loads. */
export type SearchSummary =
  | CapacitySummary
  | ExhaustionSummary
  | SweepSummary
  | ConcurrencySummary
  | PairsSummary
  | ColdStartSummary
  | EngineSummary
  | TableSummary
