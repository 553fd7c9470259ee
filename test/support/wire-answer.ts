import { ResponseParser } from '../../src/generator/client/response-parser.ts'
import { transportFailure } from '../../src/generator/transport-failure.ts'
import type { Answer } from './undici-answer.ts'

/** What the wire client's parser reads from these bytes, and why it refuses them where it does. */
export function wireAnswer(
  pieces: readonly Buffer[],
  method: 'GET' | 'HEAD' = 'GET',
): { readonly answer: Answer; readonly why: string | null } {
  const answer: Answer = { status: 0, headers: {}, body: '', trailers: {}, failure: null }
  const parser = new ResponseParser({
    onHead: ({ status, headers }) => void Object.assign(answer, { status, headers }),
    onBody: (data, start, end) => void (answer.body += data.toString('latin1', start, end)),
  })
  parser.begin(method === 'HEAD')
  try {
    for (const piece of pieces) if (!parser.complete) parser.push(piece, piece.length)
    const broken = parser.finish()
    if (broken !== null) throw broken
    answer.trailers = parser.trailers
    return { answer, why: null }
  } catch (error) {
    answer.failure = transportFailure(error, 'http://a.test').kind
    return { answer, why: (error as Error).message }
  }
}
