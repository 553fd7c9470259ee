import type { RequestFailure } from '../domain/observation.ts'
import type { ModelScenarioPlan } from '../domain/scenario.ts'
import {
  type AnswerCheck,
  compileCheck,
  errorMessage,
  failure,
  isExpected,
  quoted,
  statusFailure,
} from './answer-check.ts'
import {
  type DeltaSink,
  KEPT_FOR_PEOPLE,
  type ResponseHeaders,
  type ResponseReader,
  type ResponseResult,
} from './exchange.ts'
import { DeltaTemplate } from './delta-template.ts'
import type { Dialect, Framing } from './dialects/dialect.ts'
import { type Fields, parseFields } from './dialects/fields.ts'
import { dialectOf } from './dialects/index.ts'
import { type Channel, ModelAnswer } from './dialects/model-answer.ts'
import { KeptBody } from './kept-body.ts'
import { outputFailure } from './output-check.ts'
import { NdjsonParser } from './ndjson-parser.ts'
import { redactText } from './redact.ts'
import { serverTiming } from './server-timing.ts'
import { type SseHandler, SseParser } from './sse-parser.ts'
import type { TokenCounter } from './token-counter.ts'

/** Longest whole (not streamed) answer. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024
/** What is kept of a stream's beginning, for the message when no event ever comes out of it. */
const KEPT_FOR_MESSAGE = 256

/** Templates made for one stream: reasoning and content have one each, and a first chunk may be unlike the others. */
const MAX_TEMPLATES = 8

/** How a body is read: decided by what the server says it sends, then by its first byte, then by what was asked. */
type Mode = 'error' | 'whole' | 'events' | 'sniff'

/** Readers of answers of language models in any dialect, streamed or whole. Checks look at the visible generated text. */
export function modelReaders(
  plan: ModelScenarioPlan,
  countTokens: TokenCounter,
): (sink: DeltaSink, keepBytes: number) => ResponseReader {
  const rules: ModelRules = { plan, dialect: dialectOf(plan), check: compileCheck(plan.check), countTokens }
  return (sink, keepBytes) => new ModelReader(rules, sink, keepBytes)
}

/** What the answers of one plan have in common. */
interface ModelRules {
  readonly plan: ModelScenarioPlan
  readonly dialect: Dialect
  readonly check: AnswerCheck
  readonly countTokens: TokenCounter
}

class ModelReader implements ResponseReader, SseHandler {
  readonly #rules: ModelRules
  readonly #dialect: Dialect
  readonly #sink: DeltaSink
  readonly #keepBytes: number
  readonly #answer = new ModelAnswer()
  #events: SseParser | NdjsonParser | null = null
  /** Of the last chunk that had to be parsed and makes one. */
  #template: DeltaTemplate | null = null
  #templatesLeft = MAX_TEMPLATES
  #mode: Mode = 'error'
  #status = 0
  #headers: ResponseHeaders = {}
  #body = new KeptBody(0)
  /** When the piece that is being parsed was read. */
  #nowUs = 0
  #anyEvent = false
  #generated = false
  #failure: RequestFailure | null = null
  #firstDeltaAt: number | null = null
  #firstVisibleAt: number | null = null
  #lastDeltaAt: number | null = null
  #deltas = 0
  #firstDeltaTokens: number | null = null
  /** Output tokens as they were counted here, once. */
  #counted: number | null = null

  constructor(rules: ModelRules, sink: DeltaSink, keepBytes: number) {
    this.#rules = rules
    this.#dialect = rules.dialect
    this.#sink = sink
    this.#keepBytes = keepBytes
  }

  head(status: number, headers: ResponseHeaders): void {
    this.#status = status
    this.#headers = headers
    const { expectStatus, stream } = this.#rules.plan
    if (isExpected(status, expectStatus)) {
      const type = String(headers['content-type'] ?? '').toLowerCase()
      const framing = framingOf(type, this.#dialect)
      this.#events = framing === 'ndjson' ? new NdjsonParser(this) : new SseParser(this)
      this.#mode = modeOf(type, framing, stream)
      this.#dialect.head?.(headers, this.#answer)
    }
    this.#keep(this.#mode === 'error' ? KEPT_FOR_PEOPLE : this.#mode === 'events' ? KEPT_FOR_MESSAGE : MAX_WHOLE_BYTES)
  }

  data(chunk: Buffer, atUs: number): void {
    this.#nowUs = atUs
    if (this.#mode === 'sniff') this.#sniff(chunk)
    this.#body.push(chunk)
    if (this.#mode === 'events') this.#events!.push(chunk)
  }

  end(trailers: ResponseHeaders): ResponseResult {
    if (this.#mode === 'whole') this.#readWhole()
    const rest = this.#mode === 'events' ? this.#events!.end() : ''
    return this.#result(trailers, this.#failure ?? this.#answer.failure ?? this.#judge(rest))
  }

  fail(failure: RequestFailure): ResponseResult {
    // What the stream itself said went wrong came first and explains more than the broken connection after it.
    return this.#result({}, this.#failure ?? this.#answer.failure ?? failure)
  }

  text(): string {
    return this.#body.text()
  }

  visibleText(): string {
    return this.#answer.visible.toString()
  }

  /** One server-sent event, or line. */
  event(data: string, type: string): void {
    this.#anyEvent = true
    const { ended, failure } = this.#answer
    if (ended || failure !== null || this.#failure !== null || data === '') return
    if (data === '[DONE]') {
      this.#answer.ended = true
      return
    }
    const text = type === this.#template?.type ? this.#template.textOf(data) : null
    if (text !== null) {
      this.#answer[this.#template!.channel].append(text)
      return this.#delta(this.#template!.channel, null)
    }
    const chunk = this.#parse(data, 'malformed_event')
    if (chunk === null) return
    if (type === 'error' || this.#dialect.isError(chunk)) return this.#streamError(chunk, 'stream_error')
    const { visible, hidden, otherPieces } = this.#answer
    const before = { visible: visible.length, hidden: hidden.length }
    this.#answer.chunkTokens = null
    this.#dialect.chunk(chunk, this.#answer)
    const channel = visible.length > before.visible ? 'visible' : 'hidden'
    if (this.#answer[channel].length === before[channel] && this.#answer.otherPieces === otherPieces) return
    this.#delta(channel, this.#answer.chunkTokens)
    if (this.#templatesLeft === 0) return
    this.#templatesLeft--
    this.#template =
      DeltaTemplate.of(this.#dialect, type, data, this.#answer[channel].toString(before[channel])) ?? this.#template
  }

  #delta(channel: Channel, tokens: number | null): void {
    this.#generated = true
    this.#deltas++
    this.#lastDeltaAt = this.#nowUs
    if (this.#firstDeltaAt === null) {
      this.#firstDeltaAt = this.#nowUs
      // Servers that report usage per chunk tell how many tokens the first one brought.
      this.#firstDeltaTokens = tokens
    }
    if (channel === 'visible') this.#firstVisibleAt ??= this.#nowUs
    this.#sink.delta(this.#nowUs)
  }

  /** Some servers send an error as a line of its own: `error: {...}` or bare JSON. */
  stray(line: string): void {
    if (this.#failure !== null || this.#answer.ended) return
    const json = /^(?:error:\s*)?(\{.*\})\s*$/.exec(line)?.[1]
    const chunk = json === undefined ? null : parseFields(json)
    if (chunk !== null && (line.startsWith('error:') || this.#dialect.isError(chunk)))
      this.#streamError(chunk, 'stream_error')
  }

  tooLong(): void {
    this.#failure ??= failure('protocol', 'event_too_long', 'an event of the stream is longer than 4 MiB')
  }

  #keep(bytes: number): void {
    this.#body = new KeptBody(Math.max(bytes, this.#keepBytes))
  }

  #sniff(chunk: Buffer): void {
    const first = chunk.toString('latin1').trimStart()[0]
    if (first === undefined) return
    this.#mode = first === '{' ? 'whole' : 'events'
    if (this.#mode === 'events') this.#keep(KEPT_FOR_MESSAGE)
  }

  #readWhole(): void {
    if (this.#body.truncated) {
      this.#failure = failure('protocol', 'too_long', 'the answer is longer than 16 MiB')
      return
    }
    const answer = this.#parse(this.#body.text(), 'malformed_json')
    if (answer === null) return
    if (this.#dialect.isError(answer)) return this.#streamError(answer, 'error_object')
    this.#dialect.whole(answer, this.#answer)
    const { visible, hidden, otherPieces } = this.#answer
    this.#generated = visible.length + hidden.length + otherPieces > 0
  }

  #parse(json: string, detail: string): Fields | null {
    const value = parseFields(json)
    if (value === null) this.#failure = failure('protocol', detail, `not a JSON object: ${quoted(json)}`)
    return value
  }

  #streamError(value: Fields, detail: string): void {
    this.#failure = failure(
      'http',
      detail,
      `the server answered ${this.#status}, then an error: ${redactText(errorMessage(value) ?? JSON.stringify(value))}`,
    )
  }

  /** What is wrong with an answer that has arrived in full; `null` when it is good. */
  #judge(rest: string): RequestFailure | null {
    if (this.#mode === 'error') return statusFailure(this.#status, this.#headers, this.#body.text())
    return (this.#mode === 'whole' ? null : this.#badEnd(rest)) ?? this.#badOutput() ?? this.#checkText()
  }

  #badEnd(rest: string): RequestFailure | null {
    if (!this.#anyEvent)
      return failure('protocol', 'malformed_stream', `no event in the stream: ${quoted(this.#body.text())}`)
    const { ended, finishReason } = this.#answer
    if (ended || finishReason !== null || (this.#dialect.endsWithBody && rest === ''))
      return this.#dialect.lacking?.(this.#answer) ?? null
    const unfinished = rest === '' ? '' : `, then ${quoted(rest)}`
    return failure(
      'protocol',
      'ended_early',
      `the stream ended early: ${this.#dialect.ends} after ${this.#deltas} deltas${unfinished}`,
    )
  }

  #badOutput(): RequestFailure | null {
    const { finishReason } = this.#answer
    const { allowEmpty, output } = this.#rules.plan
    if (finishReason !== null && this.#dialect.failedReasons.has(finishReason))
      return failure('http', 'finish_error', `the server gave up generating: finish_reason '${finishReason}'`)
    if (!this.#generated && !allowEmpty)
      return failure('check', 'empty', 'the answer holds no generated text; set allowEmpty if that is good')
    return output === undefined ? null : outputFailure(output, finishReason, this.#outputTokens())
  }

  #checkText(): RequestFailure | null {
    const { plan, check } = this.#rules
    if (plan.check === null) return null
    const ofText = this.#dialect.checks === 'text'
    const text = ofText ? this.#answer.visible.toString() : this.#body.text()
    return check({
      text,
      bytes: plan.check.minBytes === null ? 0 : Buffer.byteLength(text),
      truncated: !ofText && this.#body.truncated,
      what: ofText ? 'the generated text' : 'the body',
    })
  }

  /** As the server tells it, else as counted here; counting takes about 3 us per token. */
  #outputTokens(): number | null {
    const { visible, hidden, outputTokens } = this.#answer
    if (outputTokens !== null || !this.#dialect.countsTokens) return outputTokens
    return (this.#counted ??= this.#rules.countTokens(visible.toString()) + this.#rules.countTokens(hidden.toString()))
  }

  #result(trailers: ResponseHeaders, failed: RequestFailure | null): ResponseResult {
    const { inputTokens, stages } = this.#answer
    // Counted only where the server does not tell, and never for failures.
    const outputTokens = failed === null ? this.#outputTokens() : this.#answer.outputTokens
    const told = this.#answer.outputTokens !== null
    return {
      firstDeltaAt: this.#firstDeltaAt,
      firstVisibleAt: this.#firstVisibleAt,
      lastDeltaAt: this.#lastDeltaAt,
      deltas: this.#deltas,
      firstDeltaTokens: this.#firstDeltaTokens,
      inputTokens,
      outputTokens,
      tokenSource: outputTokens === null ? null : told ? 'usage' : 'estimated',
      audio: null,
      counters: null,
      stages: merged(serverTiming(this.#headers, trailers), stages),
      failure: failed,
    }
  }
}

function framingOf(type: string, dialect: Dialect): Framing {
  if (type.includes('text/event-stream')) return 'sse'
  return /ndjson|jsonl|json-lines/.test(type) ? 'ndjson' : dialect.framing
}

function modeOf(type: string, framing: Framing, streamAsked: boolean): Mode {
  // A line that is a whole answer is a chunk too.
  if (type.includes('text/event-stream') || (framing === 'ndjson' && streamAsked)) return 'events'
  if (type.includes('json') || !streamAsked) return 'whole'
  return 'sniff'
}

/** What the answer itself tells overrules a header of the same name, as a trailer does. */
function merged(
  timed: ReadonlyMap<string, number> | null,
  told: ReadonlyMap<string, number> | null,
): ReadonlyMap<string, number> | null {
  return timed === null ? told : told === null ? timed : new Map([...timed, ...told])
}
