import type { Observation } from '../domain/observation.ts'
import type { Recorder } from './recorder.ts'
import { type EndedRequest, endOf, type SeriesRecorder } from './series-recorder.ts'

/** Where the iterations of one load are written down. */
export class LoadRecords {
  readonly recorder: Recorder
  /** The load's own series. */
  readonly iterations: SeriesRecorder
  readonly windowAt: (us: number) => number
  /** Microseconds since the run's start. */
  readonly now: () => number
  /** Latency of the first good iteration; `null` before it. */
  firstGoodLatencyUs: number | null = null
  /** When an iteration last ended, for windows that close then. */
  lastEndUs = 0

  constructor(name: string, recorder: Recorder, windowAt: (us: number) => number, now: () => number) {
    this.recorder = recorder
    this.iterations = recorder.series(name, 'iteration')
    this.windowAt = windowAt
    this.now = now
  }

  /**
   * An iteration has ended.
   * @param stream the request that its streaming metrics are taken from
   */
  iterationEnded(request: EndedRequest, stream: Observation = request.observation): void {
    const { observation } = request
    this.iterations.ended(request, stream)
    this.lastEndUs = Math.max(this.lastEndUs, observation.endedAt)
    if (observation.failure === null) this.firstGoodLatencyUs ??= endOf(observation) - observation.scheduledAt
    else this.recorder.error(this.iterations.request, observation.failure)
  }
}
