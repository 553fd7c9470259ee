export { PerfReporter, type PerfReporterOptions } from './perf-reporter.ts'
export type { SpecResult } from './spec-result.ts'
