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

/** Of a stream of seven tokens in five deltas, scheduled at 1 s. */
export const streamed: Partial<Observation> = {
  scheduledAt: 1_000_000,
  dispatchedAt: 1_001_000,
  sentAt: 1_010_000,
  firstByteAt: 1_050_000,
  firstDeltaAt: 1_080_000,
  firstVisibleAt: 1_090_000,
  lastDeltaAt: 1_200_000,
  endedAt: 1_230_000,
  deltas: 5,
  inputTokens: 11,
  outputTokens: 7,
  tokenSource: 'usage',
}
