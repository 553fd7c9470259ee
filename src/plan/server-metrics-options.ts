import * as z from 'zod'
import { optionsError } from '../domain/options-error.ts'
import type { TimeUnit } from '../domain/quantity.ts'
import type { QuantitySource, ServerMetrics } from '../domain/server-metrics.ts'
import { type PresetName, SERVER_PRESETS } from '../domain/server-preset.ts'
import { oneOrMore, SELECTOR } from './load-schema.ts'

/** Names of counters, with labels or tags where they matter; several are added up, `*` stands for any characters. */
export type CounterName = string | readonly string[]
/** A timer or histogram, and its unit where its name does not tell: seconds for Prometheus, milliseconds for StatsD. */
export type DurationName = CounterName | { readonly metric: CounterName; readonly unit: TimeUnit }

/** Under which names a server tells what its client knows as well. */
export interface StatsdQuantities {
  /** Requests that reached the server. */
  readonly requests?: CounterName
  /** Those that it answered well. */
  readonly completed?: CounterName
  readonly errors?: CounterName
  readonly inputTokens?: CounterName
  readonly outputTokens?: CounterName
  /** The same as `outputTokens`. */
  readonly tokens?: CounterName
  /** From the request to the last byte of its answer. */
  readonly latency?: DurationName
  readonly ttft?: DurationName
  /** Which monitor, by its name. @default the only one of its kind */
  readonly of?: string
}

/** The same for Prometheus; what a known server tells need not be named. */
export interface PrometheusQuantities extends StatsdQuantities {
  /** @default found out by the names of the metrics */
  readonly preset?: PresetName
}

const counter = oneOrMore(SELECTOR).transform((select): QuantitySource => ({ select, unit: null }))
const durationMetric = z
  .unknown()
  .transform((input) => (typeof input === 'string' || Array.isArray(input) ? { metric: input } : input))
  .pipe(z.strictObject({ metric: oneOrMore(SELECTOR), unit: z.enum(['ns', 'us', 'ms', 's']).optional() }))
  .transform(({ metric, unit }): QuantitySource => ({ select: metric, unit: unit ?? null }))
const PRESETS = Object.keys(SERVER_PRESETS) as PresetName[]
const FIELDS = {
  requests: counter.optional(),
  completed: counter.optional(),
  errors: counter.optional(),
  inputTokens: counter.optional(),
  outputTokens: counter.optional(),
  tokens: counter.optional(),
  latency: durationMetric.optional(),
  ttft: durationMetric.optional(),
  of: z.string('takes the name of a monitor').min(1).optional(),
}
const STATSD = z.strictObject(FIELDS)
const PROMETHEUS = z.strictObject({
  ...FIELDS,
  preset: z.enum(PRESETS, `takes one of ${PRESETS.join(', ')}`).optional(),
})

/**
 * What the target sends to StatsD, for `toAgreeWith`: `statsd({ requests: 'requests.total', latency: 'request.latency' })`.
 * Needs `monitors: { statsd }` in `load()`.
 * @throws LoadError `invalid-option`
 */
export function statsd(quantities: StatsdQuantities): ServerMetrics {
  const read = STATSD.safeParse(quantities)
  if (!read.success) throw optionsError('statsd(quantities)', read.error.issues, quantities, Object.keys(FIELDS))
  const { of, ...named } = read.data
  return serverMetrics('statsd', of, null, named)
}

/**
 * What the target tells Prometheus, for `toAgreeWith`: `prometheus()` for a server that is known by its names, or
 * `prometheus({ requests: 'http_requests_total{handler="/v1"}' })`. Needs `monitors: { prometheus }` in `load()`.
 * @throws LoadError `invalid-option`
 */
export function prometheus(quantities: PrometheusQuantities = {}): ServerMetrics {
  const read = PROMETHEUS.safeParse(quantities)
  if (!read.success) {
    throw optionsError('prometheus(quantities)', read.error.issues, quantities, [...Object.keys(FIELDS), 'preset'])
  }
  const { of, preset, ...named } = read.data
  return serverMetrics('prometheus', of, preset ?? null, named)
}

type Named = { readonly [Name in keyof typeof FIELDS as Exclude<Name, 'of'>]?: QuantitySource | undefined }

function serverMetrics(
  source: ServerMetrics['source'],
  of: string | undefined,
  preset: PresetName | null,
  { tokens, ...named }: Named,
): ServerMetrics {
  const { requests, completed, errors, inputTokens, outputTokens = tokens, latency, ttft } = named
  // In the order of reports.
  const all = { requests, completed, errors, inputTokens, outputTokens, latency, ttft }
  const quantities = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return { schema: 'perf/server-metrics@1', source, of: of ?? null, preset, quantities }
}
