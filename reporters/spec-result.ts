import type { CommonMode } from '../src/domain/comparison.ts'
import type { LoadSummary } from '../src/domain/perf-meta.ts'
import type { SearchSummary } from '../src/domain/search.ts'

/** How one test with loads ended. `pending` when the run was interrupted before its end. */
export interface SpecResult {
  /** Absolute path of the spec file. */
  readonly file: string
  /** Suites and test, joined by ` > `. */
  readonly name: string
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending'
  /** Messages of what failed it, plain text. */
  readonly errors: readonly string[]
  /** Where the test begins in its file, from 1; `null` where Vitest does not tell. */
  readonly line: number | null
  /** Of the whole test; `null` where it did not end. */
  readonly durationMs: number | null
  readonly loads: readonly LoadSummary[]
  readonly searches: readonly SearchSummary[]
}

/** All of one run, for the files that reporters write. */
export interface RunReport {
  /** Name of the project's directory. */
  readonly project: string
  /** ISO 8601, when the run ended. */
  readonly endedAt: string
  readonly interrupted: boolean
  readonly results: readonly SpecResult[]
  /** Most loads moved alike against their references: rather than each of them, the machine has changed. `null` where they did not. */
  readonly commonMode: CommonMode | null
  /** Sentences about the run, each once: problems of the store, what became the baseline. */
  readonly notes: readonly string[]
  /** Version of this package. */
  readonly toolVersion: string
}
