import { Duplex } from 'node:stream'
import { Client } from 'undici'
import { transportFailure } from '../../src/generator/transport-failure.ts'
import type { ResponseHeaders } from '../../src/scenarios/exchange.ts'

/** What a client made of the bytes that a server answered with. */
export interface Answer {
  status: number
  headers: ResponseHeaders
  body: string
  trailers: ResponseHeaders
  /** Kind of the failure; `null` for a complete answer. */
  failure: string | null
}

/** What undici reads from these bytes. */
export async function undiciAnswer(pieces: readonly Buffer[], method: 'GET' | 'HEAD' = 'GET'): Promise<Answer> {
  const answer: Answer = { status: 0, headers: {}, body: '', trailers: {}, failure: null }
  const socket = new Duplex({
    read: () => {},
    write(_chunk, _encoding, done) {
      done()
      // Not while undici is still writing: that would be an answer to nothing.
      setImmediate(() => {
        for (const piece of pieces) this.push(piece)
        this.push(null)
      })
    },
  })
  const client = new Client('http://a.test', {
    connect: (_options, done) => void setImmediate(() => done(null, socket as never)),
  })
  await new Promise<void>((resolve) => {
    client.dispatch(
      { method, path: '/', reset: false },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, status, headers) => {
          if (status >= 200) Object.assign(answer, { status, headers })
        },
        onResponseData: (_controller, chunk) => void (answer.body += chunk.toString('latin1')),
        onResponseEnd: (_controller, trailers) => {
          answer.trailers = trailers
          resolve()
        },
        onResponseError: (_controller, error) => {
          answer.failure = transportFailure(error, 'http://a.test').kind
          resolve()
        },
      },
    )
  })
  client.destroy(null, () => {})
  return answer
}
