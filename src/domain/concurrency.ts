import type { SpecId } from './spec-id.ts'

/** How much faster the same requests are done by several users than one after the other. */
export interface Speedup {
  /** Good answers per second of the concurrent load / those of the sequential one; `null` when either had none. */
  readonly speedup: number | null
  /** 95 % interval of it; both are one load, so that variation from load to load is assumed. */
  readonly speedupInterval: readonly [number, number] | null
  /** Speed-up / users: 1 when every user is served as if it were alone. */
  readonly efficiency: number | null
}

/** A sequential load against a concurrent one. Their numbers are those of the test's loads of the same labels. */
export interface ConcurrencySummary extends Speedup {
  readonly kind: 'concurrency'
  readonly specId: SpecId
  /** Test name and label. */
  readonly title: string
  readonly users: number
  /** Labels of the two loads. */
  readonly sequential: string
  readonly concurrent: string
  /** `null` while it runs. */
  readonly end: 'done' | 'aborted' | null
}
