import * as z from 'zod'
import type { AlertRule, AlertSide, ResourceLimit } from '../domain/alert.ts'
import { bytesOf, describe, DURATION_FORM, type Duration, durationUs, shareOf } from '../domain/quantity.ts'
import {
  RESOURCE_METRIC_NAMES,
  type ResourceMetricId,
  type ResourceMetricName,
  resourceMetric,
  resourceMetricsNamed,
} from '../domain/resource.ts'
import { duration } from './load-schema.ts'

/** A limit and the side of it that is wrong: `'> 90%'`, `'> 7.5GB'`, `'> 1.5'`, `'< 20%'`. */
export type AlertLimit = `>${string}` | `<${string}`

interface AlertSpanOptions {
  /** How long it must hold to begin, and must not hold to end. @default '10s' */
  readonly for?: Duration
  /** Whether the load ends when it begins; its test then fails with what was measured. @default false */
  readonly abort?: boolean
  /** Whether the warm-up is left out. @default false */
  readonly skipWarmup?: boolean
}

/** One number of what `monitors` watches. */
type ResourceAlertOptions = {
  [Name in ResourceMetricName]: AlertSpanOptions & {
    readonly [Key in Name]: AlertLimit
  } & {
    /**
     * `'host'`, the name of what is watched, or a kind (`'process'`): each of that kind.
     * @default each that tells the metric; of `cpu` and `memory`, the host where it is watched
     */
    readonly of?: string
  }
}[ResourceMetricName]

/** What a running load says aloud, with a line when it begins and when it ends, and marks in its measurement. */
export type AlertOptions =
  | ResourceAlertOptions
  /** Failed, dropped and missed requests are over this share of all. */
  | (AlertSpanOptions & { readonly errorRate: `>${string}` })
  /** A percentile of the latency; requests without a good answer count as endlessly slow. */
  | (AlertSpanOptions & { readonly p50: `>${string}` })
  | (AlertSpanOptions & { readonly p90: `>${string}` })
  | (AlertSpanOptions & { readonly p95: `>${string}` })
  | (AlertSpanOptions & { readonly p99: `>${string}` })

const DEFAULT_HELD_US = 10e6
const PERCENTILES: ReadonlyMap<string, number> = new Map([
  ['p50', 50],
  ['p90', 90],
  ['p95', 95],
  ['p99', 99],
])
const LOAD_METRICS = ['errorRate', ...PERCENTILES.keys()]
const TAKES =
  "takes an alert on one metric such as { cpu: '> 90%', for: '10s' }, { errorRate: '> 5%' } or { p99: '> 2s' }"
const KNOWN = [...LOAD_METRICS, ...RESOURCE_METRIC_NAMES].join(', ')

const OWN = {
  of: z.string('takes a name').min(1, 'takes a name that is not empty').optional(),
  for: duration('positive').optional(),
  abort: z.boolean('takes true or false').optional(),
  skipWarmup: z.boolean('takes true or false').optional(),
}

const alert = z.looseObject(OWN, TAKES).transform((option, { issues }): AlertRule => {
  const { of, for: held, abort, skipWarmup, ...metrics } = option
  const refuse = (path: readonly string[], message: string): never => {
    issues.push({ code: 'custom', input: option, path: [...path], message })
    return z.NEVER
  }
  const [name = '', ...others] = Object.keys(metrics)
  if (name === '' || others.length > 0) return refuse([], `${TAKES}: one of ${KNOWN}`)
  const span = {
    text: textOf(option),
    heldUs: held ?? DEFAULT_HELD_US,
    inWarmup: skipWarmup !== true,
    abort: abort === true,
  }
  const bound = boundOf(metrics[name])
  if (LOAD_METRICS.includes(name)) {
    if (of !== undefined) return refuse(['of'], `takes no value beside ${name}, which is the load's own`)
    const rule = bound?.side === 'above' ? loadRule(name, bound.text) : null
    return rule === null ? refuse([name], takesOf(name)) : { ...span, ...rule }
  }
  const ids = resourceMetricsNamed(name)
  if (ids === null) return refuse([name], `takes a metric in its place: one of ${KNOWN}`)
  const limits = bound === null ? [] : ids.flatMap((metric) => resourceLimit(metric, name, bound.text) ?? [])
  if (bound === null || limits.length === 0) return refuse([name], takesResource(ids))
  return { ...span, kind: 'resource', name, of: of ?? null, limits, side: bound.side }
})

/** One alert, or a list of them. */
export const ALERTS: z.ZodType<readonly AlertRule[]> = z
  .union(
    [z.array(alert).min(1, 'takes at least one alert'), alert.transform((one) => [one])],
    `${TAKES}; or a list of them`,
  )
  .superRefine((rules, context) => {
    const twice = rules.find(({ text }, i) => rules.findIndex((one) => one.text === text) !== i)
    if (twice !== undefined) context.addIssue(`takes alerts that differ: ${twice.text} is there twice`)
  })

/** The option as it was written, in one order and without what is the default. */
function textOf(option: Readonly<Record<string, unknown>>): string {
  const { for: held, of, abort, skipWarmup, ...metrics } = option
  const heldText = typeof held === 'number' ? { for: `${held / 1e6}s` } : {}
  const parts: Readonly<Record<string, unknown>> = { ...metrics, ...(of === undefined ? {} : { of }), ...heldText }
  const texts = Object.entries(parts).map(
    ([key, value]) => `${/^\w+$/.test(key) ? key : `'${key}'`}: ${describe(value)}`,
  )
  const flags = Object.entries({ abort, skipWarmup }).flatMap(([key, value]) =>
    value === true ? [`${key}: true`] : [],
  )
  return `{ ${[...texts, ...flags].join(', ')} }`
}

function boundOf(input: unknown): { readonly side: AlertSide; readonly text: string } | null {
  const match = typeof input === 'string' ? /^\s*([<>])\s*([^<>=\s].*?)\s*$/.exec(input) : null
  return match === null ? null : { side: match[1] === '>' ? 'above' : 'below', text: match[2]! }
}

function loadRule(
  name: string,
  text: string,
):
  | { readonly kind: 'error-rate'; readonly limit: number }
  | { readonly kind: 'percentile'; readonly percent: number; readonly limitUs: number }
  | null {
  const percent = PERCENTILES.get(name)
  if (percent !== undefined) {
    const limitUs = durationUs(text)
    return limitUs === null || limitUs <= 0 ? null : { kind: 'percentile', percent, limitUs }
  }
  const limit = shareOf(text) ?? shareOf(numberOf(text))
  return limit === null || limit >= 1 ? null : { kind: 'error-rate', limit }
}

function takesOf(name: string): string {
  return name === 'errorRate'
    ? "takes a limit such as '> 5%', under all"
    : `takes a limit such as '> 2s': ${DURATION_FORM.replace(', or a number of milliseconds', '')}`
}

/** Units that may follow a number, with what they count. */
const SCALES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  cores: { core: 1, cores: 1 },
  '1/s': { '/s': 1 },
  celsius: { C: 1, '°C': 1 },
  hertz: { Hz: 1, MHz: 1e6, GHz: 1e9 },
  watts: { W: 1 },
}

function resourceLimit(metric: ResourceMetricId, name: string, text: string): ResourceLimit | null {
  const { unit } = resourceMetric(metric)
  const percent = /^(\d+(?:\.\d+)?|\.\d+)\s*%$/.exec(text)?.[1]
  if (percent !== undefined) {
    const value = Number(percent) / 100
    // A process may use more than one core; nothing else has more than all of what it is a share of.
    const fits = unit === 'cores' || ((unit === 'share' || unit === 'bytes') && value <= 1)
    return fits ? { metric, value, form: 'share' } : null
  }
  // As the matchers take it: a plain number of CPU is one of cores, also of the host.
  if (unit === 'share' && name === 'cpu') return limited(metric, scaled('cores', text), 'cores')
  if (unit === 'share') return limited(metric, shareOf(numberOf(text)), 'own')
  if (unit === 'bytes' || unit === 'bytes/s') return limited(metric, bytesOf(text.replace(/\/s$/, '')), 'own')
  return limited(metric, scaled(unit, text), 'own')
}

function limited(metric: ResourceMetricId, value: number | null, form: ResourceLimit['form']): ResourceLimit | null {
  return value === null ? null : { metric, value, form }
}

function scaled(unit: string, text: string): number | null {
  const [, digits, suffix = ''] = /^(\d+(?:\.\d+)?|\.\d+)\s*(\D*)$/.exec(text) ?? []
  const scale = suffix === '' ? 1 : SCALES[unit]?.[suffix]
  return digits === undefined || scale === undefined ? null : Number(digits) * scale
}

function numberOf(text: string): number {
  return /^(\d+(?:\.\d+)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN
}

const FORMS: Readonly<Record<string, string>> = {
  share: "'> 90%'",
  cores: "'> 90%' (of one core) or '> 1.5' (cores)",
  bytes: "'> 7.5GB' or '> 80%' of all memory",
  'bytes/s': "'> 100MB/s'",
  '1/s': "'> 10/s'",
  celsius: "'> 85'",
  hertz: "'< 1.5GHz'",
  watts: "'> 300W'",
}

function takesResource(ids: readonly ResourceMetricId[]): string {
  const forms = [...new Set(ids.map((id) => FORMS[resourceMetric(id).unit] ?? "'> 1000'"))]
  return `takes a limit such as ${forms.join(', or ')}, with > or <`
}
