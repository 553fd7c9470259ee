import type { MeasurementData, SecondBucket } from '../../src/domain/measurement.ts'
import { series, step } from './measurement-builder.ts'
import { sampleTable, watched } from './watched.ts'

/** How a constructed load went, second by second; seconds count from the window's start. */
export interface Course {
  readonly seconds: number
  /** Median latency of a second, microseconds; `null` for none. @default 80 ms */
  readonly latencyUs?: (second: number) => number | null
  /** Good answers in a second. @default 10 */
  readonly completed?: (second: number) => number
  /** Resident memory of the watched process; `null` where there is none to read. @default no process is watched */
  readonly rssBytes?: (second: number) => number | null
}

/** One window of a known course, from the run's start on. */
export function course({
  seconds,
  latencyUs = () => 80_000,
  completed = () => 10,
  rssBytes,
}: Course): Pick<MeasurementData, 'series' | 'steps' | 'buckets' | 'watched'> {
  const whole = series({ windowUs: seconds * 1e6 })
  const each = Array.from({ length: seconds }, (_, second) => second)
  return {
    series: whole,
    steps: [{ ...step(0, 10, whole), startUs: 0, endUs: seconds * 1e6 }],
    buckets: each.map((second): SecondBucket => ({
      second,
      phase: 'measure',
      sent: completed(second),
      completed: completed(second),
      failed: 0,
      outputTokens: 0,
      bytesReceived: 0,
      latencyP50Us: latencyUs(second),
      latencyP99Us: latencyUs(second),
      usersActive: 1,
      queued: 0,
      attempted: completed(second),
      good: completed(second),
      withinSlo: null,
      unsent: 0,
    })),
    watched:
      rssBytes === undefined
        ? []
        : [watched({ kind: 'process', samples: sampleTable({ rss: each.map(rssBytes) }, 1e6, -5e5) })],
  }
}
