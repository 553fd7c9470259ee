import * as z from 'zod'
import type { MetricQuery, PrometheusTarget } from '../domain/monitor-plan.ts'
import type { Duration } from '../domain/quantity.ts'
import { type PresetName, SERVER_PRESETS } from '../domain/server-preset.ts'
import { durationBetween, oneOrMore, SELECTOR } from './load-schema.ts'

/** A metric by its name, with conditions on its labels: see {@link WatchedMetrics}. */
export interface WatchedMetric {
  readonly metric: string | readonly string[]
  /** How values of several series become one number. @default 'sum' */
  readonly combine?: 'sum' | 'max'
  /** A label: each of its values has a number of its own, up to 20. */
  readonly by?: string
}

/**
 * Metrics to be shown, under names of your own: `{ cacheHits: 'cache_hits_total{tier="gpu"}' }`. Counters become rates,
 * histograms quantiles; series that a name matches are added up. Conditions are those of PromQL, `*` stands for any
 * characters. Names that are known of servers (`queueLength`, `requestsRunning`, `kvCacheShare`, `preemptions`,
 * `promptTokens`, `generatedTokens`, `requestsEnded`, `latency`, `ttft`) replace what the preset shows.
 */
export type WatchedMetrics = Readonly<Record<string, string | readonly string[] | WatchedMetric>>

/** An endpoint that tells metrics in Prometheus' text format or OpenMetrics. */
export interface PrometheusOptions {
  /** `http://127.0.0.1:8000/metrics`. */
  readonly url: string
  /** Whose metrics these are. @default found out by their names */
  readonly preset?: PresetName
  readonly metrics?: WatchedMetrics
  /** Sent with each scrape, such as an authorization; written nowhere. */
  readonly headers?: Readonly<Record<string, string>>
  /** As tables and matchers name it. @default 'prometheus', of several with their host and port */
  readonly as?: string
  /** From one scrape to the next, '250ms' to '60s'. A target may work for each. @default '1s' */
  readonly every?: Duration
}

const DEFAULT_EVERY_US = 1e6
const PRESETS = Object.keys(SERVER_PRESETS) as PresetName[]
const name = z.string().trim().min(1)
const TAKES =
  "takes an address such as 'http://127.0.0.1:8000/metrics', { url, preset?, metrics?, headers?, as?, every? }, or a list of these"
const selectors = oneOrMore(SELECTOR)
const metricQuery: z.ZodType<MetricQuery> = z.union([
  selectors.transform((select): MetricQuery => ({ select, combine: 'sum', by: null })),
  z
    .strictObject({ metric: selectors, combine: z.enum(['sum', 'max']).optional(), by: name.optional() })
    .transform(({ metric, combine = 'sum', by = null }): MetricQuery => ({ select: metric, combine, by })),
])
const url = z.url({ protocol: /^https?$/, error: "takes an address such as 'http://127.0.0.1:8000/metrics'" })
const endpoint: z.ZodType<Endpoint> = z.strictObject(
  {
    url,
    preset: z.enum(PRESETS, `takes one of ${PRESETS.join(', ')}`).optional(),
    metrics: z
      .record(z.string(), metricQuery)
      .refine((all) => !Object.keys(all).some((key) => /[:{}]/.test(key)), 'takes names without : { }')
      .optional(),
    headers: z.record(z.string(), z.string(), 'takes an object of texts').optional(),
    as: name.optional(),
    every: durationBetween(250e3, 60e6, "'250ms' to '60s'").optional(),
  },
  TAKES,
)

/** What the schema makes of an endpoint. */
interface Endpoint {
  readonly url: string
  readonly preset?: PresetName | undefined
  readonly metrics?: Readonly<Record<string, MetricQuery>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly as?: string | undefined
  readonly every?: number | undefined
}

/** The option `prometheus` of `monitors`. */
export const PROMETHEUS_TARGETS: z.ZodType<readonly PrometheusTarget[]> = oneOrMore(endpoint, (one) =>
  typeof one === 'string' ? { url: one } : one,
).transform((all) => all.map((one) => targetOf(one, all.length)))

function targetOf({ url, preset, metrics, headers, as, every }: Endpoint, of: number): PrometheusTarget {
  const address = new URL(url)
  const { host, username, password } = address
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  address.username = address.password = ''
  return {
    name: as ?? (of === 1 ? 'prometheus' : `prometheus ${host}`),
    url: address.href,
    preset: preset ?? null,
    metrics: metrics ?? {},
    // A client sends what stands before the @ as a header.
    headers: login === ':' ? { ...headers } : { authorization: `Basic ${btoa(login)}`, ...headers },
    everyUs: every ?? DEFAULT_EVERY_US,
  }
}
