import type { HttpMethod, TimeoutPlan } from '../domain/scenario.ts'
import type { TransportPlan } from '../domain/transport-plan.ts'
import type { AudioFacts, RequestFailure, TokenSource } from '../domain/observation.ts'

/*
 * The border between scenarios (what bytes mean) and the generator (when bytes move). A scenario prepares requests and
 * reads responses; it owns no socket and no clock. All times are microseconds since the run's start, given by the
 * generator, which stamps at socket read.
 */

/** A body that is read while it is sent. */
export class StreamedBody {
  /** Bytes in all, exactly. */
  readonly size: number
  readonly stream: () => AsyncIterable<Uint8Array>

  constructor(size: number, stream: () => AsyncIterable<Uint8Array>) {
    this.size = size
    this.stream = stream
  }

  /** For people. */
  toString(): string {
    return `[${this.size} bytes]`
  }
}

/** What a request about audio is about: its reader measures the answer by it. */
export interface AudioInput {
  /** What is to be spoken; `null` for a transcription. */
  readonly text: string | null
  /** Path and length of the audio that is sent; `null` for speech, the length also when it is not known. */
  readonly path: string | null
  readonly audioUs: number | null
  /** What was said in it; `null` when it is not known. */
  readonly reference: string | null
}

/** A request ready for the wire. */
export interface PreparedRequest {
  readonly name: string
  readonly method: HttpMethod
  /** `http://host:port` */
  readonly origin: string
  /** Path with query. */
  readonly path: string
  /** Flat list: name, value, name, value. Reused between requests when nothing in it changes. */
  readonly headers: readonly string[]
  readonly body: Buffer | StreamedBody | null
  readonly timeout: TimeoutPlan
  readonly maxRedirects: number
  /** By which results are split; absent where they are not. */
  readonly promptClass?: string
  /** Tokens of its prompt, where they were counted before the load. */
  readonly promptTokens?: number
  readonly transport: TransportPlan
  /** A good answer takes at least this long from sent to its end, microseconds. @default none */
  readonly minTimeUs?: number
  /** Only of requests about audio. */
  readonly input?: AudioInput
}

/** Hears of every generated delta when it is read. */
export interface DeltaSink {
  delta(atUs: number): void
}

/** What a response turned out to be. Absent things are `null`. */
export interface ResponseResult {
  readonly firstDeltaAt: number | null
  readonly firstVisibleAt: number | null
  readonly lastDeltaAt: number | null
  readonly deltas: number
  readonly firstDeltaTokens: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly tokenSource: TokenSource | null
  /** `null` for requests that are about no audio. */
  readonly audio: AudioFacts | null
  /** Numbers under the names of the scenario's `counters`; `null` where it has none. */
  readonly counters: ReadonlyMap<string, number> | null
  /** Stage durations in microseconds by path. */
  readonly stages: ReadonlyMap<string, number> | null
  /** Status, check or protocol failure; `null` for a good answer. */
  readonly failure: RequestFailure | null
}

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Reads one response. Never throws: what is wrong with the bytes is in the result. */
export interface ResponseReader {
  head(status: number, headers: ResponseHeaders): void
  /** One piece of the body as it was read, and when. The buffer is only valid during the call. */
  data(chunk: Buffer, atUs: number): void
  /** The response is complete. */
  end(trailers: ResponseHeaders): ResponseResult
  /** The transport failed before the end: what had been read by then, with that failure. */
  fail(failure: RequestFailure): ResponseResult
  /** Body text kept so far (see `keepBytes` of {@link RequestScenario.reader}), for `once()`, error samples and scenario modules. */
  text(): string
  /** Visible generated text so far, without reasoning and tool calls; empty for answers of no language model. */
  visibleText(): string
}

/** How much of a body `text()` keeps for people. */
export const KEPT_FOR_PEOPLE = 65_536

/** A scenario that sends one request per iteration. Compiled once per generator. */
export interface RequestScenario {
  /**
   * The k-th request of the whole load (0-based): the same on every generator, but for uuids.
   * @param user who sends it, 0-based over all generators. @default 0
   */
  readonly prepare: (k: number, user?: number) => PreparedRequest
  /** The class of the k-th request, also of one that is never sent; `null` where there are no classes. */
  readonly classOf: ((k: number) => string) | null
  /**
   * @param keepBytes how much of a good answer's body `text()` must keep; the body of a bad status is always kept, up
   * to {@link KEPT_FOR_PEOPLE}. `once()` asks for that much, scenario modules for all. @default 0
   */
  reader(sink: DeltaSink, keepBytes?: number, request?: PreparedRequest): ResponseReader
}

/** One call of a scenario module, ready to be sent. */
export interface PreparedCall {
  readonly request: PreparedRequest
  /** Reader that keeps the whole body for `text()`. */
  reader(sink: DeltaSink): ResponseReader
  /** Give the response back although it failed. */
  readonly allowFailure: boolean
}
