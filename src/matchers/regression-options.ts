import type { CompareOptions, MetricGate } from '../compare/compare.ts'
import { isShare } from '../compare/judge-effects.ts'
import { LoadError } from '../domain/load-error.ts'
import { isRecordedMetricId, type RecordedMetricId } from '../domain/metric.ts'
import { describe, requireShare, type Share } from '../domain/quantity.ts'
import { optionsOf } from './arguments.ts'

/** How one metric is judged. */
export interface RegressionGate {
  /** Relative worsening from which a difference matters; of an error rate, in points. @default that of all */
  readonly margin?: Share
  /** The direction in which it gets better; not of an error rate. @default the metric's own: latency lower, rates higher */
  readonly better?: 'lower' | 'higher'
}

/** How strict `toNotRegress` is. */
export interface RegressionOptions {
  /** Relative worsening from which a difference matters. @default 0.05; 0.03 for `compare()` */
  readonly margin?: Share
  /**
   * The metrics that decide: a list, or each with its own margin: `{ 'latency.p99': { margin: '10%' }, qps: {} }`.
   * @default latency p50 and p99, tokens/s or qps, error rate
   */
  readonly metrics?: readonly RecordedMetricId[] | Readonly<Partial<Record<RecordedMetricId, RegressionGate>>>
  /** Run-to-run coefficient of variation until five runs have measured it; `compare()` always measures it. @default 0.05 */
  readonly assumedRunCv?: Share
}

/** @throws LoadError `invalid-option` naming the matcher and the option */
export function regressionOptions(matcher: string, options: unknown): CompareOptions {
  const { margin, metrics, assumedRunCv } = optionsOf(matcher, options, ['margin', 'metrics', 'assumedRunCv'])
  const share = (name: string, value: unknown): number => requireShare(`${matcher}({ ${name} })`, value)
  return {
    ...(margin === undefined ? {} : { margin: share('margin', margin) }),
    ...(assumedRunCv === undefined ? {} : { assumedRunCv: share('assumedRunCv', assumedRunCv) }),
    ...(metrics === undefined ? {} : metricsOf(matcher, metrics)),
  }
}

function metricsOf(matcher: string, metrics: unknown): Pick<CompareOptions, 'metrics' | 'gates'> {
  if (isList(metrics)) return { metrics }
  const ids = typeof metrics === 'object' && metrics !== null && !Array.isArray(metrics) ? Object.keys(metrics) : []
  if (!isList(ids)) {
    throw new LoadError(
      'invalid-option',
      `${matcher}({ metrics }): got ${describe(metrics)}, takes a list of metrics such as 'latency.p50', 'qps', 'errorRate', or an object of them such as { 'latency.p99': { margin: '10%' } }`,
    )
  }
  const given = metrics as Readonly<Record<string, unknown>>
  return { metrics: ids, gates: Object.fromEntries(ids.map((id) => [id, gateOf(matcher, id, given[id])])) }
}

function gateOf(matcher: string, id: RecordedMetricId, gate: unknown): MetricGate {
  const where = `${matcher}({ metrics: { '${id}' } })`
  const { margin, better } = optionsOf(where, gate, ['margin', 'better'])
  if (better !== undefined && (isShare(id) || (better !== 'lower' && better !== 'higher'))) {
    const takes = isShare(id) ? 'takes no such option: fewer errors are better' : "takes 'lower' or 'higher'"
    throw new LoadError('invalid-option', `${where}: option better: got ${describe(better)}, ${takes}`)
  }
  return {
    ...(margin === undefined ? {} : { margin: requireShare(`${where}: option margin`, margin) }),
    ...(better === undefined ? {} : { better }),
  }
}

function isList(metrics: unknown): metrics is RecordedMetricId[] {
  return Array.isArray(metrics) && metrics.length > 0 && metrics.every(isRecordedMetricId)
}
