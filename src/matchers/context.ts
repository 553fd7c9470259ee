import type { RecordedMetrics, Reference } from '../domain/history.ts'
import type { Look } from '../domain/look.ts'
import type { MeasurementData } from '../domain/measurement.ts'
import type { ExpectationRecord } from '../domain/verdict.ts'

/** A load with its repetitions. */
export interface RepeatedLoad {
  /** Of its valid runs, the first included. */
  readonly runs: readonly RecordedMetrics[]
  /** The last look at it; `undefined` where none but the first was planned. */
  readonly look: Look | undefined
}

/** What a measurement's matchers need beside its numbers. Views of a measurement share its context. */
export interface MatcherContext {
  /** Baseline and history of the measured spec. */
  readonly reference: Reference
  /** The same load as far as it was repeated in its job: what is judged against the reference. */
  readonly repeated?: () => RepeatedLoad
  /** Hears of every judged expectation, whatever came of it. */
  record(expectation: ExpectationRecord): void
}

/** A property and no WeakMap: two copies of this module, one per entry point, agree on a registered symbol. */
const CONTEXT = Symbol.for('vitest-perf.matcher-context')

/** Hands a measurement and all its views over to the matchers, invisible to printing and equality. */
export function attachContext({ data }: { readonly data: MeasurementData }, context: MatcherContext): void {
  Object.defineProperty(data, CONTEXT, { value: context, enumerable: false, configurable: true })
}

/** The context that was attached; `null` for a measurement that no test made. */
export function contextOf({ data }: { readonly data: MeasurementData }): MatcherContext | null {
  return (data as { [CONTEXT]?: MatcherContext })[CONTEXT] ?? null
}
