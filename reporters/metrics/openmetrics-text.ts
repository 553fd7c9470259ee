import type { RunReport } from '../spec-result.ts'
import { type MetricFamily, metricFamilies } from './metric-families.ts'

/** What names begin with. */
const PREFIX = 'vitest_perf'

/**
 * The run in OpenMetrics 1.0. It keeps to what Prometheus' text format 0.0.4 reads as well, which is what a Pushgateway and
 * node_exporter's textfile collector take: gauges and summaries only, and no timestamps.
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function openMetricsText(report: RunReport): string {
  return [...metricFamilies(report).flatMap(familyLines), '# EOF', ''].join('\n')
}

function familyLines(family: MetricFamily): string[] {
  const name = [PREFIX, family.name, ...(family.unit === null ? [] : [family.unit.suffix])].join('_')
  return [
    `# TYPE ${name} ${family.kind}`,
    ...(family.unit === null ? [] : [`# UNIT ${name} ${family.unit.suffix}`]),
    `# HELP ${name} ${family.help}.`,
    ...(family.kind === 'gauge'
      ? family.points.map(({ labels, value }) => line(name, labels, value))
      : family.points.flatMap(({ labels, value: { count, sum, quantiles } }) => [
          ...quantiles.map(([quantile, value]) => line(name, { ...labels, quantile: String(quantile) }, value)),
          line(`${name}_sum`, labels, sum),
          line(`${name}_count`, labels, count),
        ])),
  ]
}

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}{${pairs.join(',')}} ${value}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
