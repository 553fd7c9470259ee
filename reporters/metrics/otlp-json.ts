import type { RunReport } from '../spec-result.ts'
import { type FamilyPoint, type MetricFamily, metricFamilies } from './metric-families.ts'

/**
 * The run as the body of an OTLP export of metrics in JSON: names in lowerCamelCase, 64-bit integers as texts.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 */
export function otlpJson(report: RunReport): string {
  return JSON.stringify({
    resourceMetrics: [
      {
        resource: { attributes: attributes({ 'service.name': 'vitest-perf', 'service.version': report.toolVersion }) },
        scopeMetrics: [
          {
            scope: { name: 'vitest-perf', version: report.toolVersion },
            metrics: metricFamilies(report).map((family) => metric(family, nanoseconds(report.endedAt))),
          },
        ],
      },
    ],
  })
}

function metric(family: MetricFamily, timeUnixNano: string): object {
  const { name, unit, help } = family
  const about = { name: `vitest_perf.${name}`, description: help, unit: unit?.ucum ?? '{count}' }
  const point = ({ labels, since }: FamilyPoint): object => ({
    attributes: attributes(labels),
    ...(since === null ? {} : { startTimeUnixNano: nanoseconds(since) }),
    timeUnixNano,
  })
  if (family.kind === 'gauge')
    return { ...about, gauge: { dataPoints: family.points.map((one) => ({ ...point(one), asDouble: one.value })) } }
  return {
    ...about,
    summary: {
      dataPoints: family.points.map((one) => ({
        ...point(one),
        count: String(one.value.count),
        sum: one.value.sum,
        quantileValues: one.value.quantiles.map(([quantile, value]) => ({ quantile, value })),
      })),
    },
  }
}

function attributes(labels: Readonly<Record<string, string>>): object[] {
  return Object.entries(labels).map(([key, text]) => ({
    key,
    value: { stringValue: text.replaceAll(/\p{Surrogate}/gu, '\uFFFD') },
  }))
}

/** Of a time in ISO 8601; a number would lose its last digits. */
function nanoseconds(time: string): string {
  return `${BigInt(Date.parse(time)) * 1_000_000n}`
}
