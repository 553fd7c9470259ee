/**
 * Client and server compared over a whole load, from before its first request to after its last answer: there no window cuts
 * through a request, so that counts must be equal but for what the client cannot know. Durations of the client are service
 * times (from the first byte sent), as a server knows nothing of what came before.
 */
import { type Distribution, mean, percentile } from '../domain/distribution.ts'
import type { SeriesData } from '../domain/measurement.ts'
import { metricSelector } from '../domain/metric-selector.ts'
import { microsecondsPer } from '../domain/metric-time.ts'
import type { TokenSource } from '../domain/observation.ts'
import { TIME_UNITS_US } from '../domain/quantity.ts'
import type { QuantitySource, ServerMetrics } from '../domain/server-metrics.ts'
import { type ComparedQuantity, presetOf, SERVER_PRESETS } from '../domain/server-preset.ts'
import type { TargetSeries, TargetTotals } from '../domain/target-totals.ts'
import { clientCounts } from './client-counts.ts'
import { quantileRange, type ServerValues, serverValues } from './server-values.ts'

/** How far apart both sides may be. */
export interface Tolerances {
  /** Of requests, completed ones and errors. */
  readonly counts: number
  readonly tokens: number
  /** Of a duration, and never less than this. */
  readonly latency: number
  readonly latencyUs: number
}

/** One quantity on both sides; durations in microseconds. */
export interface ComparedLine {
  readonly quantity: ComparedQuantity
  /** `mean`, `p95`, or nothing for a count. */
  readonly statistic: string | null
  readonly client: { readonly least: number; readonly most: number }
  /** For a quantile known by buckets alone, where it may lie; for anything else one number twice. */
  readonly server: { readonly least: number; readonly most: number }
  /** From the nearer ends of both, of the client's; 0 where they overlap. */
  readonly distance: number
  readonly agrees: boolean
}

/** What came of a comparison. */
export interface Agreement {
  readonly lines: readonly ComparedLine[]
  /** What could not be compared, and why: a sentence each. */
  readonly missing: readonly string[]
  /** What was compared but proves little: a sentence each. */
  readonly doubts: readonly string[]
}

/** Quantiles, with how many values each wants. */
const QUANTILES = [
  [50, 20],
  [95, 200],
  [99, 1000],
] as const
const DURATIONS = { latency: 'serviceTime', ttft: 'ttftFromSent' } as const
/** From this share of requests on whose fate at the server is unknown a pass proves little. */
const MUCH_UNKNOWN = 0.05
/** From this share of a duration on a tolerance in milliseconds lets too much pass. */
const MUCH_SLACK = 0.3

/** Under which names the server tells what: what was said of it, and what is known of such a server. */
export function sourcesOf(
  { quantities, preset, source }: ServerMetrics,
  totals: TargetTotals,
): Readonly<Partial<Record<ComparedQuantity, QuantitySource>>> {
  const names = [...totals.counters, ...totals.buckets].map(({ name }) => name)
  const known = source === 'prometheus' && (preset !== null || Object.keys(quantities).length === 0)
  const found = known ? (preset ?? presetOf(names)) : null
  const compared = Object.entries(found === null ? {} : SERVER_PRESETS[found].compared)
  return {
    ...Object.fromEntries(compared.map(([name, text]) => [name, { select: [text], unit: null }])),
    ...quantities,
  }
}

/** Compares what a client saw with what its server counted, quantity by quantity. */
export function agreementOf(
  client: SeriesData,
  totals: TargetTotals,
  sources: Readonly<Partial<Record<ComparedQuantity, QuantitySource>>>,
  tolerances: Tolerances,
  tokenSource: TokenSource | 'mixed' | null,
): Agreement {
  const { latency, latencyUs } = tolerances
  const lines: ComparedLine[] = []
  const missing: string[] = []
  const doubts: string[] = [...totals.doubts]
  for (const [quantity, source] of Object.entries(sources) as [ComparedQuantity, QuantitySource][]) {
    if (quantity === 'latency' || quantity === 'ttft') {
      const values = serverValues(totals, matching(source), scaleOf(source, totals))
      const own = client.distributions[DURATIONS[quantity]]
      if (own === undefined || own.n === 0) missing.push(`${quantity}: the client measured none`)
      else if (values === null || values.n === 0) missing.push(`${quantity}: ${unseen(source, totals)}`)
      else {
        const others = values.n - own.n
        if (others > MUCH_UNKNOWN * own.n)
          doubts.push(`${quantity}: the server timed ${others} requests more than the client found good`)
        const compared = durationLines(quantity, own, values, client, tolerances)
        lines.push(...compared)
        const wide = compared.find((one) => one.statistic !== 'values' && latencyUs > MUCH_SLACK * one.client.most)
        if (wide !== undefined && latencyUs > latency * wide.client.most) {
          doubts.push(`${quantity}: a few milliseconds are compared to within ${latencyUs / 1e3} ms`)
        }
        if (compared.length === 0)
          missing.push(`${quantity}: ${own.n} values are too few to compare what is left of it`)
      }
      continue
    }
    const range = clientCounts(quantity, client)
    const counters = totals.counters.filter(matching(source))
    if (range === null) missing.push(`${quantity}: the answers told no tokens`)
    else if (counters.length === 0 && quantity !== 'errors') missing.push(`${quantity}: ${unseen(source, totals)}`)
    else {
      const grown = counters.reduce((sum, counter) => sum + counter.grown, 0)
      const isTokens = quantity === 'inputTokens' || quantity === 'outputTokens'
      lines.push(
        line(quantity, null, range, { least: grown, most: grown }, isTokens ? tolerances.tokens : tolerances.counts),
      )
      if (counters.length === 0) doubts.push(`errors: ${unseen(source, totals)}: taken as 0`)
      if (isTokens && tokenSource !== 'usage') doubts.push(`${quantity}: the client's are an estimate`)
      if (range.most - range.least > MUCH_UNKNOWN * Math.max(1, client.outcomes.attempted) && !isTokens) {
        doubts.push(`${quantity}: whether ${range.most - range.least} requests count at the server cannot be known`)
      }
    }
  }
  return { lines, missing, doubts }
}

function durationLines(
  quantity: 'latency' | 'ttft',
  own: Distribution,
  values: ServerValues,
  client: SeriesData,
  { counts, latency, latencyUs }: Tolerances,
): ComparedLine[] {
  const sent = clientCounts('requests', client)!
  const timed = { least: own.n, most: Math.max(own.n, sent.most) }
  const lines: ComparedLine[] = []
  const n = line(quantity, 'values', timed, { least: values.n, most: values.n }, counts)
  // Only the good requests are in the client's distribution: of others the server timed they say nothing.
  if (!n.agrees) return [n]
  const margin = (us: number): number => Math.max(latency, latencyUs / Math.max(1, us))
  const average = mean(own)!
  const others = Math.max(0, values.n - own.n)
  if (others === 0) {
    lines.push(line(quantity, 'mean', same(average), same(values.sumUs / values.n), margin(average)))
  }
  for (const [p, wants] of QUANTILES) {
    if (own.n < wants) continue
    const value = percentile(own, p)!
    const range = quantileRange(values, own.n, others, p)
    if (range !== null) lines.push(line(quantity, `p${p}`, same(value), range, margin(value)))
  }
  return lines
}

function same(value: number): { readonly least: number; readonly most: number } {
  return { least: value, most: value }
}

function line(
  quantity: ComparedQuantity,
  statistic: string | null,
  client: ComparedLine['client'],
  server: ComparedLine['server'],
  tolerance: number,
): ComparedLine {
  const apart = server.least > client.most ? server.least - client.most : Math.min(0, server.most - client.least)
  const reference = apart > 0 ? client.most : client.least
  const distance = apart === 0 ? 0 : reference === 0 ? apart : apart / reference
  const allowed = tolerance * reference + 1e-9
  return { quantity, statistic, client, server, distance, agrees: Math.abs(apart) <= allowed }
}

function matching({ select }: QuantitySource): (series: TargetSeries) => boolean {
  const selectors = select.map((text) => metricSelector('metric', text))
  return ({ name, labels }) => selectors.some((selector) => selector.matches(name, labels))
}

/** Microseconds of one unit of a duration. */
function scaleOf({ unit, select }: QuantitySource, { source }: TargetTotals): number {
  if (unit !== null) return TIME_UNITS_US[unit]
  return microsecondsPer(select[0]!.replace(/\{.*$/s, ''), source === 'statsd' ? 'ms' : 's')
}

function unseen({ select }: QuantitySource, { counters, buckets, values }: TargetTotals): string {
  const names = [...new Set([...counters, ...buckets, ...values].map(({ name }) => name))].toSorted()
  const some = names.slice(0, 8).join(', ')
  const seen = names.length === 0 ? 'nothing' : names.length > 8 ? `${some} and ${names.length - 8} more` : some
  return `the server told no ${select.join(', ')}; it told ${seen}`
}
