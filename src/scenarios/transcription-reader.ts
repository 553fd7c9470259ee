import { NOTHING_GENERATED, type RequestFailure } from '../domain/observation.ts'
import type { TranscriptionScenarioPlan } from '../domain/scenario.ts'
import {
  type AnswerCheck,
  compileCheck,
  errorMessage,
  failure,
  isExpected,
  quoted,
  statusFailure,
} from './answer-check.ts'
import { wordErrors, wordsOf } from './audio/word-errors.ts'
import type { AudioInput, PreparedRequest, ResponseHeaders, ResponseReader, ResponseResult } from './exchange.ts'
import { atPath } from './json-path.ts'
import { KeptBody } from './kept-body.ts'
import { redactText } from './redact.ts'
import { SeenAnswers } from './seen-answers.ts'
import { serverTiming } from './server-timing.ts'

/** Longest answer: hours of speech. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** What all answers of one plan share. */
interface Rules {
  readonly plan: TranscriptionScenarioPlan
  readonly check: AnswerCheck
  readonly seen: SeenAnswers
}

/** Readers of transcripts. Checks look at the transcript. */
export function transcriptionReaders(
  plan: TranscriptionScenarioPlan,
): (request: PreparedRequest | undefined) => ResponseReader {
  const rules: Rules = { plan, check: compileCheck(plan.check), seen: new SeenAnswers() }
  return (request) => new TranscriptionReader(rules, request?.input ?? null)
}

class TranscriptionReader implements ResponseReader {
  readonly #rules: Rules
  readonly #input: AudioInput | null
  readonly #body = new KeptBody(MAX_ANSWER_BYTES)
  #status = 0
  #headers: ResponseHeaders = {}
  #transcript = ''

  constructor(rules: Rules, input: AudioInput | null) {
    this.#rules = rules
    this.#input = input
  }

  head(status: number, headers: ResponseHeaders): void {
    this.#status = status
    this.#headers = headers
  }

  data(chunk: Buffer): void {
    this.#body.push(chunk)
  }

  end(trailers: ResponseHeaders): ResponseResult {
    return this.#result(trailers, this.#judge())
  }

  fail(cause: RequestFailure): ResponseResult {
    return this.#result({}, cause)
  }

  text(): string {
    return this.#body.text()
  }

  visibleText(): string {
    return this.#transcript
  }

  #judge(): RequestFailure | null {
    const { plan, check, seen } = this.#rules
    const body = this.#body.text()
    if (!isExpected(this.#status, plan.expectStatus)) return statusFailure(this.#status, this.#headers, body)
    if (this.#body.truncated) return failure('protocol', 'too_long', 'the answer is longer than 16 MiB')
    const found = plan.transcript === null ? body : transcriptIn(body, plan.transcript)
    if (typeof found !== 'string') return found
    this.#transcript = found.trim()
    const transcript = this.#transcript
    if (transcript === '' && !plan.allowEmpty) {
      return failure('check', 'empty', 'the transcript is empty; set allowEmpty if that is good')
    }
    const wrong = check({
      text: transcript,
      bytes: Buffer.byteLength(transcript),
      truncated: false,
      what: 'the transcript',
    })
    if (wrong !== null || !plan.varies) return wrong
    // Two recordings of one sentence may well give one transcript.
    const question = this.#input?.reference ?? this.#input?.path ?? ''
    const other = seen.other(transcript, question)
    return other === null
      ? null
      : failure(
          'check',
          'varies',
          `${quoted(question)} and ${quoted(other)} gave the same transcript: ${quoted(transcript)}`,
        )
  }

  #result(trailers: ResponseHeaders, failed: RequestFailure | null): ResponseResult {
    const reference = this.#input?.reference ?? null
    return {
      ...NOTHING_GENERATED,
      audio: {
        inputChars: null,
        audioUs: this.#input?.audioUs ?? null,
        firstAudioAt: null,
        stutterUs: null,
        words: failed !== null || reference === null ? null : compared(reference, this.#transcript),
      },
      stages: serverTiming(this.#headers, trailers),
      failure: failed,
    }
  }
}

function compared(reference: string, transcript: string): { errors: number; reference: number } {
  const words = wordsOf(reference)
  return { errors: wordErrors(words, wordsOf(transcript)), reference: words.length }
}

/** The text at the path, or why there is none. */
function transcriptIn(body: string, path: string): string | RequestFailure {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    return failure('protocol', 'malformed_json', `the answer is no JSON: ${quoted(body)}`)
  }
  const found = atPath(answer, path)
  if (typeof found === 'string') return found
  const said = typeof answer === 'object' && answer !== null && 'error' in answer ? errorMessage(answer) : null
  return said === null
    ? failure('protocol', 'no_transcript', `there is no text at ${path} in the answer: ${quoted(body)}`)
    : failure('http', 'error_object', `the server answered an error: ${redactText(said)}`)
}
