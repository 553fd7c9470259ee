import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import type { RecordedMetric } from '../../src/domain/history.ts'
import { recordedMetric } from '../../src/format/metric-text.ts'
import type { RecordedMetricId } from '../../src/domain/metric.ts'
import type { RunReport, SpecResult } from '../spec-result.ts'
import { claimsOf, verdictOfTest } from '../verdict-word.ts'

/**
 * The tests with loads as JUnit XML, with the numbers of their loads as properties, which Vitest's own JUnit reporter has no
 * place for.
 */
export function junitReport({ results, project, endedAt }: RunReport): string {
  const files = [...new Set(results.map(fileOf))]
  const failed = results.filter(({ state }) => state === 'failed').length
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xml(project)}" tests="${results.length}" failures="${failed}" time="${secondsOf(results)}">`,
    ...files.flatMap((file) =>
      suiteLines(
        file,
        results.filter((result) => fileOf(result) === file),
        endedAt,
      ),
    ),
    '</testsuites>',
    '',
  ].join('\n')
}

function suiteLines(file: string, results: readonly SpecResult[], endedAt: string): string[] {
  const count = (...states: readonly SpecResult['state'][]): number =>
    results.filter(({ state }) => states.includes(state)).length
  return [
    `  <testsuite name="${xml(file)}" tests="${results.length}" failures="${count('failed')}" errors="0" skipped="${count('skipped', 'pending')}" time="${secondsOf(results)}" timestamp="${xml(endedAt)}">`,
    ...results.flatMap(caseLines),
    '  </testsuite>',
  ]
}

function caseLines(result: SpecResult): string[] {
  const { state, errors, name } = result
  const [message = 'failed'] = errors
  return [
    `    <testcase classname="${xml(fileOf(result))}" name="${xml(name)}" time="${secondsOf([result])}">`,
    '      <properties>',
    ...[
      ['verdict', verdictOfTest(result) ?? 'none'] as const,
      ...claimsOf(result).map(
        ({ claim, verdict, measured }) => [`claim: ${claim}`, `${verdict}: ${measured}`] as const,
      ),
      ...result.loads.flatMap(loadProperties),
    ].map(([key, value]) => `        <property name="${xml(key)}" value="${xml(value)}"/>`),
    '      </properties>',
    ...(state === 'failed'
      ? [`      <failure message="${xml(message.split('\n')[0]!)}">${xml(errors.join('\n\n'))}</failure>`]
      : []),
    ...(state === 'skipped' || state === 'pending' ? ['      <skipped/>'] : []),
    '    </testcase>',
  ]
}

/** Plain numbers in base units, for machines: `latency.p99 (us)`. */
function loadProperties({ label, metrics, validity, numbers }: LoadSummary): (readonly [string, string])[] {
  const before = label === '' ? '' : `${label}: `
  const recorded = Object.entries(metrics) as [RecordedMetricId, RecordedMetric][]
  return [
    [`${before}validity`, validity.state],
    [`${before}attempted`, String(numbers.outcomes.attempted)],
    [`${before}good`, String(numbers.outcomes.good)],
    ...recorded.map(([id, { value }]) => [`${before}${id} (${recordedMetric(id).unit})`, String(value)] as const),
  ]
}

function fileOf({ loads, searches, file }: SpecResult): string {
  return loads[0]?.specId.file ?? searches[0]?.specId.file ?? file
}

function secondsOf(results: readonly SpecResult[]): string {
  return (results.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0) / 1000).toFixed(3)
}

/** Text of XML 1.0: what it cannot hold at all is replaced. */
function xml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;')
    .replaceAll('\t', '&#9;')
}
