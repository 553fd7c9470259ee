export { PerfReporter, type PerfReporterOptions, type SpecResult } from './perf-reporter.ts'
