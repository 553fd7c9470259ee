import { NOTHING_GENERATED, type RequestFailure } from '../domain/observation.ts'
import type { HttpScenarioPlan } from '../domain/scenario.ts'
import { type AnswerCheck, compileCheck, isExpected, readsText, statusFailure } from './answer-check.ts'
import { KEPT_FOR_PEOPLE, type ResponseHeaders, type ResponseReader, type ResponseResult } from './exchange.ts'
import { KeptBody } from './kept-body.ts'
import { serverTiming } from './server-timing.ts'

/** How much of a body checks can see. */
const KEPT_FOR_CHECKS = 1024 * 1024

/** A good answer that tells nothing of its stages: nearly all of them, and all the same. */
const GOOD: ResponseResult = { ...NOTHING_GENERATED, stages: null, failure: null }

/** Readers of plain HTTP answers; bodies are kept only as far as a check or the caller needs them. */
export function plainReaders(plan: HttpScenarioPlan): (keepBytes: number) => ResponseReader {
  const rules: PlainRules = {
    expectStatus: plan.expectStatus,
    check: plan.check === null ? null : compileCheck(plan.check),
    checkBytes: readsText(plan.check) ? KEPT_FOR_CHECKS : 0,
  }
  return (keepBytes) => new PlainReader(rules, keepBytes)
}

/** What the answers of one plan have in common. */
interface PlainRules {
  readonly expectStatus: readonly number[] | null
  readonly check: AnswerCheck | null
  /** How much of a good body the check needs. */
  readonly checkBytes: number
}

class PlainReader implements ResponseReader {
  readonly #rules: PlainRules
  readonly #keepBytes: number
  #status = 0
  #headers: ResponseHeaders = NO_HEADERS
  #good = false
  #bytes = 0
  #body: KeptBody | null = null

  constructor(rules: PlainRules, keepBytes: number) {
    this.#rules = rules
    this.#keepBytes = keepBytes
  }

  head(status: number, headers: ResponseHeaders): void {
    this.#status = status
    this.#headers = headers
    this.#good = isExpected(status, this.#rules.expectStatus)
    const limit = Math.max(this.#keepBytes, this.#good ? this.#rules.checkBytes : KEPT_FOR_PEOPLE)
    if (limit > 0) this.#body = new KeptBody(limit)
  }

  data(chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#body?.push(chunk)
  }

  end(trailers: ResponseHeaders): ResponseResult {
    return this.#result(trailers, this.#judge())
  }

  fail(failure: RequestFailure): ResponseResult {
    return this.#result(NO_HEADERS, failure)
  }

  text(): string {
    return this.#body?.text() ?? ''
  }

  visibleText(): string {
    return ''
  }

  #result(trailers: ResponseHeaders, failure: RequestFailure | null): ResponseResult {
    const stages = serverTiming(this.#headers, trailers)
    return stages === null && failure === null ? GOOD : { ...NOTHING_GENERATED, stages, failure }
  }

  #judge(): RequestFailure | null {
    if (!this.#good) return statusFailure(this.#status, this.#headers, this.text())
    const { check, checkBytes } = this.#rules
    if (check === null) return null
    // A body kept for the caller may be larger than what a check needs: `text()` is only built when one reads it.
    return check({
      text: checkBytes > 0 ? this.text() : '',
      bytes: this.#bytes,
      truncated: this.#body?.truncated ?? false,
      what: 'the body',
    })
  }
}

const NO_HEADERS: ResponseHeaders = {}
