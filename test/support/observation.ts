import type { Observation } from '../../src/domain/observation.ts'

/** A good request without a stream, sent at once; 100 ms from 0. */
export function observation(changes: Partial<Observation> = {}): Observation {
  return {
    request: 'get',
    scheduledAt: 0,
    dispatchedAt: 0,
    sentAt: 0,
    firstByteAt: 50_000,
    firstDeltaAt: null,
    firstVisibleAt: null,
    lastDeltaAt: null,
    endedAt: 100_000,
    deltas: 0,
    firstDeltaTokens: null,
    inputTokens: null,
    outputTokens: null,
    tokenSource: null,
    audio: null,
    counters: null,
    bytesReceived: 0,
    stages: null,
    failure: null,
    ...changes,
  }
}
