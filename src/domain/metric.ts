/**
 * The registry of metrics: one declaration each, and no metric is named by a free string anywhere else.
 * Definitions follow the sources named with each entry.
 */
export type MetricUnit =
  | 'us'
  | 'us/token'
  | '1/s'
  | 'users'
  | 'tokens'
  | 'words'
  | 'count'
  | 'ratio'
  | 'share'
  | 'bytes/s'

export type RequestMetricId =
  | 'latency'
  | 'serviceTime'
  | 'pacerLag'
  | 'queueWait'
  | 'ttft'
  | 'ttftFromSent'
  | 'ttfo'
  | 'tpot'
  | 'interChunkLatency'
  | 'tokensPerSecond'
  | 'inputTokens'
  | 'outputTokens'
  | 'inputChars'
  | 'charsPerSecond'
  | 'audioDuration'
  | 'realTimeFactor'
  | 'timeToFirstAudio'
  | 'stutter'
  | 'wordErrors'
  | 'referenceWords'
  | 'failedLatency'

export type LoadMetricId =
  | 'qps'
  | 'outputTokensPerSecond'
  | 'totalTokensPerSecond'
  | 'charactersPerSecond'
  | 'bytesPerSecond'
  | 'goodput'
  | 'tokenGoodput'
  | 'errorRate'
  | 'capacity'
  | 'userCapacity'

/** Metrics recorded per request into a distribution. */
export const REQUEST_METRICS: Readonly<Record<RequestMetricId, RequestMetric>> = {
  /** end - scheduledAt; end = lastDeltaAt for streams, endedAt otherwise. Source: wrk2, MLPerf LoadGen. */
  latency: { label: 'latency', unit: 'us', better: 'lower', scale: 1 },
  /** end - sentAt: what most tools call latency. */
  serviceTime: { label: 'service time', unit: 'us', better: 'lower', scale: 1 },
  /** dispatchedAt - scheduledAt: the generator's own lateness. Source: fortio, inference-perf schedule_delay. */
  pacerLag: { label: 'pacer lag', unit: 'us', better: 'lower', scale: 1 },
  /** sentAt - dispatchedAt: waiting for a free user or connection, connecting included; part of latency. */
  queueWait: { label: 'queue wait', unit: 'us', better: 'lower', scale: 1 },
  /** firstDeltaAt - scheduledAt on arrival profiles, - sentAt on user profiles. Source: aiperf. */
  ttft: { label: 'TTFT', unit: 'us', better: 'lower', scale: 1 },
  /** firstDeltaAt - sentAt, whatever the profile. */
  ttftFromSent: { label: 'TTFT from sent', unit: 'us', better: 'lower', scale: 1 },
  /** Like ttft, to the first visible content. Source: aiperf. */
  ttfo: { label: 'TTFO', unit: 'us', better: 'lower', scale: 1 },
  /** (lastDeltaAt - firstDeltaAt) / (N - n1); absent when N <= n1. Source: vLLM, MLPerf. */
  tpot: { label: 'TPOT', unit: 'us/token', better: 'lower', scale: 1 },
  /** Gaps between deltas of one request. Source: mlcommons/endpoints. */
  interChunkLatency: { label: 'inter-chunk latency', unit: 'us', better: 'lower', scale: 1 },
  /** outputTokens / (end - sentAt) of one request. Recorded in thousandths. */
  tokensPerSecond: { label: 'tokens/s per request', unit: '1/s', better: 'higher', scale: 1000 },
  inputTokens: { label: 'input tokens', unit: 'tokens', better: 'lower', scale: 1 },
  outputTokens: { label: 'output tokens', unit: 'tokens', better: 'higher', scale: 1 },
  /** Characters (Unicode code points) of the text to be spoken. */
  inputChars: { label: 'input characters', unit: 'count', better: 'lower', scale: 1 },
  /** inputChars / (end - sentAt) of one request. Recorded in thousandths. */
  charsPerSecond: { label: 'characters/s per request', unit: '1/s', better: 'higher', scale: 1000 },
  /** Length of the audio that came (speech) or was sent (transcription). */
  audioDuration: { label: 'audio', unit: 'us', better: 'higher', scale: 1 },
  /** (end - sentAt) / audio seconds, produced or sent: below 1 is faster than it plays. Recorded in 100,000ths. */
  realTimeFactor: { label: 'real-time factor', unit: 'ratio', better: 'lower', scale: 100_000 },
  /** First audio byte after the container's header - scheduledAt. Source: vllm-omni audio_ttfp. */
  timeToFirstAudio: { label: 'time to first audio', unit: 'us', better: 'lower', scale: 1 },
  /** How long a player that starts with the first audio byte stands still because the rest comes too late; 0 = plays through. */
  stutter: { label: 'stutter', unit: 'us', better: 'lower', scale: 1 },
  /** Substituted, missing and added words (characters in scripts without spaces) of one transcript. Source: NIST sclite. */
  wordErrors: { label: 'word errors', unit: 'words', better: 'lower', scale: 1 },
  referenceWords: { label: 'reference words', unit: 'words', better: 'higher', scale: 1 },
  /** Latency of failed requests; never part of `latency`. */
  failedLatency: { label: 'latency of failures', unit: 'us', better: 'lower', scale: 1 },
}

/** One per-request metric. Recorded integers are the metric's value times `scale`. */
export interface RequestMetric {
  readonly label: string
  readonly unit: MetricUnit
  readonly better: 'lower' | 'higher'
  readonly scale: number
}

/** Metrics of a whole load or step. */
export const LOAD_METRICS: Readonly<Record<LoadMetricId, LoadMetric>> = {
  /** Good completions / window. */
  qps: { label: 'qps', unit: '1/s', better: 'higher' },
  /** Output tokens of good requests that arrived inside the window / window. */
  outputTokensPerSecond: { label: 'tokens/s', unit: '1/s', better: 'higher' },
  totalTokensPerSecond: { label: 'total tokens/s', unit: '1/s', better: 'higher' },
  /** Characters of texts whose speech was complete inside the window / window. */
  charactersPerSecond: { label: 'characters/s', unit: '1/s', better: 'higher' },
  bytesPerSecond: { label: 'bytes/s', unit: 'bytes/s', better: 'higher' },
  /** Requests that meet every limit of the SLO / window. */
  goodput: { label: 'goodput', unit: '1/s', better: 'higher' },
  /** Output tokens of requests that meet every limit of the SLO, at their arrival / window. */
  tokenGoodput: { label: 'token goodput', unit: '1/s', better: 'higher' },
  /** (failed + dropped + missed) / attempted. */
  errorRate: { label: 'error rate', unit: 'share', better: 'lower' },
  /** Highest arrival rate at which a search found its limits kept. */
  capacity: { label: 'capacity', unit: '1/s', better: 'higher' },
  /** The same as a number of users. */
  userCapacity: { label: 'capacity', unit: 'users', better: 'higher' },
}

export interface LoadMetric {
  readonly label: string
  readonly unit: MetricUnit
  readonly better: 'lower' | 'higher'
}

/** What a counter's values are multiplied with when they are recorded: three decimals. */
export const COUNTER_SCALE = 1000

/**
 * A distribution's key: a per-request metric, a latency stage (`stage:queue`), which is in microseconds, or a counter that
 * answers told (`counter:cacheHit`), in thousandths.
 */
export type DistributionId = RequestMetricId | `stage:${string}` | `counter:${string}`

/** What a record in history is keyed by: a load metric, or a percentile of a request metric (`latency.p99`). */
export type RecordedMetricId = LoadMetricId | `${RequestMetricId}.p${number}`

/** Whether a text names a metric that history may keep. */
export function isRecordedMetricId(id: unknown): id is RecordedMetricId {
  if (typeof id !== 'string') return false
  if (Object.hasOwn(LOAD_METRICS, id)) return true
  const [metric = '', p = ''] = id.split(/\.(?=p\d)/)
  return Object.hasOwn(REQUEST_METRICS, metric) && /^p\d+(\.\d+)?$/.test(p)
}

/** Declaration of a distribution's metric; stages are durations where lower is better. */
export function requestMetric(id: DistributionId): RequestMetric {
  if (id.startsWith('stage:')) return { label: `stage ${id.slice(6)}`, unit: 'us', better: 'lower', scale: 1 }
  if (id.startsWith('counter:'))
    return { label: `counter ${id.slice(8)}`, unit: 'count', better: 'higher', scale: COUNTER_SCALE }
  return REQUEST_METRICS[id as RequestMetricId]
}
