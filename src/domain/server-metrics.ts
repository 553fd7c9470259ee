import type { TimeUnit } from './quantity.ts'
import type { ComparedQuantity, PresetName } from './server-preset.ts'

/** Under which name a server tells a quantity. */
export interface QuantitySource {
  /** Selectors: all series that one of them matches are added up. */
  readonly select: readonly string[]
  /** Of a duration; `null` where the metric's name tells it, or its protocol's habit. */
  readonly unit: TimeUnit | null
}

/** What a server tells that its client knows as well: made by `statsd()` and `prometheus()`. */
export interface ServerMetrics {
  readonly schema: 'perf/server-metrics@1'
  readonly source: 'statsd' | 'prometheus'
  /** Name of the monitor; `null` for the only one of its kind. */
  readonly of: string | null
  readonly preset: PresetName | null
  readonly quantities: Readonly<Partial<Record<ComparedQuantity, QuantitySource>>>
}
