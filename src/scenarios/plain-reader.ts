import { NOTHING_GENERATED, type RequestFailure } from '../domain/observation.ts'
import type { HttpScenarioPlan } from '../domain/scenario.ts'
import { compileCheck, isExpected, readsText, statusFailure } from './answer-check.ts'
import { KEPT_FOR_PEOPLE, type ResponseHeaders, type ResponseReader, type ResponseResult } from './exchange.ts'
import { KeptBody } from './kept-body.ts'
import { serverTiming } from './server-timing.ts'

/** How much of a body checks can see. */
const KEPT_FOR_CHECKS = 1024 * 1024

/** Readers of plain HTTP answers; bodies are kept only as far as a check or the caller needs them. */
export function plainReaders(plan: HttpScenarioPlan): (keepBytes: number) => ResponseReader {
  const check = compileCheck(plan.check)
  const checkBytes = readsText(plan.check) ? KEPT_FOR_CHECKS : 0

  return (keepBytes) => {
    let headers: ResponseHeaders = {}
    let status = 0
    let good = false
    let bytes = 0
    let body: KeptBody | null = null

    const result = (trailers: ResponseHeaders, failure: RequestFailure | null): ResponseResult => ({
      ...NOTHING_GENERATED,
      stages: serverTiming(headers, trailers),
      failure,
    })
    const text = (): string => body?.text() ?? ''
    const judge = (): RequestFailure | null => {
      if (!good) return statusFailure(status, headers, text())
      // A body kept for the caller may be larger than what a check needs: `text()` is only built when one reads it.
      return check({ text: checkBytes > 0 ? text() : '', bytes, truncated: body?.truncated ?? false, what: 'the body' })
    }

    return {
      head(answerStatus, answerHeaders) {
        status = answerStatus
        headers = answerHeaders
        good = isExpected(status, plan.expectStatus)
        const limit = Math.max(keepBytes, good ? checkBytes : KEPT_FOR_PEOPLE)
        if (limit > 0) body = new KeptBody(limit)
      },
      data(chunk) {
        bytes += chunk.length
        body?.push(chunk)
      },
      end: (trailers) => result(trailers, judge()),
      fail: (failure) => result({}, failure),
      text,
      visibleText: () => '',
    }
  }
}
