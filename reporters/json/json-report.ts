import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import type { RunReport, SpecResult } from '../spec-result.ts'
import { verdictOfLoad, verdictOfTest } from '../verdict-word.ts'

/** The run as JSON, after `report.schema.json` of this package. Seconds and samples are in CSV and NDJSON. */
export function jsonReport({ results, ...report }: RunReport): string {
  return `${JSON.stringify({ schemaVersion: 1, ...report, tests: results.map(jsonTest) }, null, 1)}\n`
}

function jsonTest(result: SpecResult): object {
  const { loads, searches, ...test } = result
  return { ...test, verdict: verdictOfTest(result), loads: loads.map(jsonLoad), procedures: searches }
}

/** Everything of a summary but what only charts need. */
function jsonLoad(load: LoadSummary): object {
  const { course: _course, shapes: _shapes, expectations, watched, ...rest } = load
  return {
    ...rest,
    verdict: verdictOfLoad(load),
    claims: expectations,
    watched: watched.map(({ samples: _samples, idle: _idle, ...one }) => one),
  }
}
