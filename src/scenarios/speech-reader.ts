import { createHash, type Hash } from 'node:crypto'
import { type AudioFacts, NOTHING_GENERATED, type RequestFailure } from '../domain/observation.ts'
import type { AudioCheckPlan, SpeechScenarioPlan } from '../domain/scenario.ts'
import { failure, isExpected, quoted, statusFailure } from './answer-check.ts'
import { AudioLength } from './audio/audio-length.ts'
import { Playback } from './audio/playback.ts'
import { ToneWatch } from './audio/tone-watch.ts'
import {
  KEPT_FOR_PEOPLE,
  type PreparedRequest,
  type ResponseHeaders,
  type ResponseReader,
  type ResponseResult,
} from './exchange.ts'
import { KeptBody } from './kept-body.ts'
import { SeenAnswers } from './seen-answers.ts'
import { serverTiming } from './server-timing.ts'

/** Readers of answers that are spoken texts. What they have seen of one plan they remember together. */
export function speechReaders(plan: SpeechScenarioPlan): (request: PreparedRequest | undefined) => ResponseReader {
  const seen = new SeenAnswers()
  return (request) => new SpeechReader(plan, request?.input?.text ?? '', seen)
}

class SpeechReader implements ResponseReader {
  readonly #plan: SpeechScenarioPlan
  readonly #text: string
  readonly #chars: number
  readonly #seen: SeenAnswers
  readonly #tone: ToneWatch | null
  readonly #length: AudioLength
  readonly #playback = new Playback()
  readonly #hash: Hash | null
  #status = 0
  #headers: ResponseHeaders = {}
  #good = false
  #body = new KeptBody(KEPT_FOR_PEOPLE)
  #bytes = 0
  #pieces = 0
  #lastAudioAt: number | null = null

  constructor(plan: SpeechScenarioPlan, text: string, seen: SeenAnswers) {
    this.#plan = plan
    this.#text = text
    this.#chars = Array.from(text).length
    this.#seen = seen
    this.#tone = plan.audioCheck?.notTone === true ? new ToneWatch() : null
    this.#hash = plan.audioCheck?.varies === true ? createHash('sha1') : null
    this.#length = new AudioLength(plan.pcm, this.#tone)
  }

  head(status: number, headers: ResponseHeaders): void {
    this.#status = status
    this.#headers = headers
    this.#good = isExpected(status, this.#plan.expectStatus)
    // Of audio only enough is kept to quote what is none.
    if (this.#good) this.#body = new KeptBody(256)
  }

  data(chunk: Buffer, atUs: number): void {
    this.#bytes += chunk.length
    this.#body.push(chunk)
    if (!this.#good) return
    this.#length.push(chunk)
    this.#hash?.update(chunk)
    if (!this.#length.begun) return
    this.#pieces++
    this.#lastAudioAt = atUs
    this.#playback.arrived(atUs, this.#length.audioUs ?? 0)
  }

  end(trailers: ResponseHeaders): ResponseResult {
    return this.#result(trailers, this.#judge())
  }

  fail(cause: RequestFailure): ResponseResult {
    return this.#result({}, cause)
  }

  /** Audio is told, not shown. */
  text(): string {
    const { container, audioUs } = this.#length
    return container === null || audioUs === null
      ? this.#body.text()
      : `[${(audioUs / 1e6).toFixed(2)} s of audio, ${container}, ${this.#bytes} bytes]`
  }

  visibleText(): string {
    return ''
  }

  #judge(): RequestFailure | null {
    if (!this.#good) return statusFailure(this.#status, this.#headers, this.#body.text())
    const problem = this.#length.end()
    if (this.#bytes === 0) return failure('check', 'empty', 'the answer holds no audio')
    const { container, audioUs } = this.#length
    if (container === null && isText(this.#headers, this.#body.text())) {
      return failure('protocol', 'not_audio', `the answer is no audio: ${quoted(this.#body.text())}`)
    }
    if (problem !== null) {
      return failure('protocol', 'malformed_audio', `the answer is broken ${container}: ${problem}`)
    }
    if (audioUs === 0) return failure('check', 'empty', `the answer is ${container} without a sample`)
    const { check, audioCheck } = this.#plan
    if (check?.minBytes !== null && check?.minBytes !== undefined && this.#bytes < check.minBytes) {
      return failure(
        'check',
        'minBytes',
        `the answer has ${this.#bytes} bytes, the check wants at least ${check.minBytes}`,
      )
    }
    return audioCheck === null ? null : this.#audioFailure(audioCheck, container, audioUs)
  }

  #audioFailure(
    { minSecondsPerChar, notTone }: AudioCheckPlan,
    container: string | null,
    audioUs: number | null,
  ): RequestFailure | null {
    const verdict = this.#tone?.verdict ?? null
    if (notTone && verdict !== 'sound') {
      if (verdict === null) {
        const what = container === null ? 'an unknown container' : container
        return failure(
          'check',
          'notTone',
          `only 16-bit samples can be looked at, the answer is ${what}: ask for WAV or PCM`,
        )
      }
      return failure('check', 'notTone', `the answer is ${verdict === 'tone' ? 'a pure tone' : 'silence'}, not speech`)
    }
    if (minSecondsPerChar !== null && this.#chars > 0) {
      if (audioUs === null) return failure('check', 'minSecondsPerChar', 'the length of the audio is not known')
      const seconds = audioUs / 1e6 / this.#chars
      if (seconds < minSecondsPerChar) {
        return failure(
          'check',
          'minSecondsPerChar',
          `${(audioUs / 1e6).toFixed(3)} s of audio for ${this.#chars} characters, the check wants at least ${minSecondsPerChar} s for each`,
        )
      }
    }
    const other = this.#hash === null ? null : this.#seen.other(this.#hash.digest('base64'), this.#text.trim())
    if (other === null) return null
    return failure('check', 'varies', `${quoted(this.#text)} and ${quoted(other)} were answered with the same bytes`)
  }

  #result(trailers: ResponseHeaders, failed: RequestFailure | null): ResponseResult {
    const { startUs, stutterUs } = this.#playback
    const { audioUs } = this.#length
    const audio: AudioFacts = {
      inputChars: this.#chars,
      audioUs,
      firstAudioAt: startUs,
      stutterUs: startUs === null ? null : stutterUs,
      words: null,
    }
    return {
      ...NOTHING_GENERATED,
      firstDeltaAt: startUs,
      lastDeltaAt: this.#lastAudioAt,
      deltas: this.#pieces,
      audio,
      stages: serverTiming(this.#headers, trailers),
      failure: failed,
    }
  }
}

function isText(headers: ResponseHeaders, beginning: string): boolean {
  return /json|text|html|xml/i.test(String(headers['content-type'] ?? '')) || /^\s*[{<]/.test(beginning)
}
