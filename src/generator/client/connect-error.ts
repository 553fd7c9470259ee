import type { RequestFailure } from '../../domain/observation.ts'

/** No connection: the socket's own error, and whom it was to reach when that is not the request's host. */
export class ConnectError extends Error {
  /** Such as `proxy 10.0.0.1:3128`. */
  readonly via: string | null

  constructor(cause: Error, via: string | null) {
    super('connecting failed', { cause })
    this.via = via
  }
}

/** The peer was reached and is not what the scenario needs. */
export class UnfitPeer extends Error {
  readonly failure: RequestFailure

  constructor(detail: string, message: string) {
    super(message)
    this.failure = { kind: 'connection', detail, message }
  }
}
