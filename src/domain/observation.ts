/** Why a request failed. `http` is an answer that says so (status, error object); `protocol` is malformed bytes. */
export type ErrorKind = 'timeout' | 'connection' | 'http' | 'protocol' | 'check' | 'aborted'

/** A failed request: data, not an exception. `detail` is short, e.g. `503`, `ECONNREFUSED`, `headers`, and free of secrets. */
export interface RequestFailure {
  readonly kind: ErrorKind
  readonly detail: string
  /** A sentence for people; at most 300 characters. */
  readonly message: string
}

/** Where a token count comes from: the server's `usage`, or our tokenizer. */
export type TokenSource = 'usage' | 'estimated'

/** What is known of the audio of one request: of speech the audio that came, of a transcription the audio that was sent. */
export interface AudioFacts {
  /** Characters (Unicode code points) of the text to be spoken; `null` for a transcription. */
  readonly inputChars: number | null
  /** Length of the audio in microseconds, from its container; `null` when the container does not tell. */
  readonly audioUs: number | null
  /** First byte of audio after the container's header; `null` for a transcription. */
  readonly firstAudioAt: number | null
  /** How long a player that starts with the first byte would have stood still; `null` where the audio came at once or is not known. */
  readonly stutterUs: number | null
  /** Words (characters in scripts without spaces) that differ from the reference, of how many there are. */
  readonly words: { readonly errors: number; readonly reference: number } | null
}

/** What an observation says of generated output where there is none: no stream, no model, no answer. */
export const NOTHING_GENERATED: Pick<
  Observation,
  | 'firstDeltaAt'
  | 'firstVisibleAt'
  | 'lastDeltaAt'
  | 'deltas'
  | 'firstDeltaTokens'
  | 'inputTokens'
  | 'outputTokens'
  | 'tokenSource'
  | 'audio'
  | 'counters'
> = {
  firstDeltaAt: null,
  firstVisibleAt: null,
  lastDeltaAt: null,
  deltas: 0,
  firstDeltaTokens: null,
  inputTokens: null,
  outputTokens: null,
  tokenSource: null,
  audio: null,
  counters: null,
}

/**
 * Timestamps and counts of one request. All times are integer microseconds of the monotonic clock since the run's
 * start; a missing one is `null`.
 */
export interface Observation {
  /** Name of the request (scenario name, or what the scenario module called it). */
  readonly request: string
  /** Intended start: the pacer's time on arrival profiles, when the user became ready on user profiles. */
  readonly scheduledAt: number
  /** When the pacer's code ran for it. */
  readonly dispatchedAt: number
  /** First byte handed to the socket; `null` when it never was. */
  readonly sentAt: number | null
  /** Response head. */
  readonly firstByteAt: number | null
  /** First non-empty generated delta on any channel. */
  readonly firstDeltaAt: number | null
  /** First non-empty visible content. */
  readonly firstVisibleAt: number | null
  /** Last generated delta. */
  readonly lastDeltaAt: number | null
  /** End of the response, or when it failed. */
  readonly endedAt: number
  /** Number of generated deltas. */
  readonly deltas: number
  /** Tokens of the first delta when known, else `null`. */
  readonly firstDeltaTokens: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly tokenSource: TokenSource | null
  readonly bytesReceived: number
  /** `null` for requests that are about no audio. */
  readonly audio: AudioFacts | null
  /** Numbers that the answer told under the names of the scenario's `counters`; one that it did not tell is missing. */
  readonly counters: ReadonlyMap<string, number> | null
  /** Durations of stages in microseconds by path, `clone/encode`. */
  readonly stages: ReadonlyMap<string, number> | null
  readonly failure: RequestFailure | null
}
