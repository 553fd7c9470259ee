import type { SeriesData } from '../domain/measurement.ts'
import type { ComparedQuantity } from '../domain/server-preset.ts'

/** Between what a server must have counted and what it may have counted, as its client knows it. */
export interface CountRange {
  readonly least: number
  readonly most: number
}

type CountedQuantity = Exclude<ComparedQuantity, 'latency' | 'ttft'>

/**
 * What a client knows of a server's counts, over whole loads. A request that timed out, lost its connection or was given up
 * may have reached the server or not, and may have succeeded there; so these make a range. An answer that the client found
 * malformed or wrong is no error to the server, or is one.
 * @returns `null` for tokens where no answer told any
 */
export function clientCounts(quantity: CountedQuantity, { outcomes, distributions }: SeriesData): CountRange | null {
  const { good, failedByKind } = outcomes
  const { http = 0, protocol = 0, check = 0, timeout = 0, connection = 0, aborted = 0 } = failedByKind
  const unsure = timeout + connection + aborted
  const dubious = protocol + check + unsure
  switch (quantity) {
    case 'requests':
      return { least: good + http + protocol + check, most: good + http + dubious }
    case 'completed':
      return { least: good, most: good + dubious }
    case 'errors':
      return { least: http, most: http + dubious }
    case 'inputTokens':
    case 'outputTokens': {
      const tokens = distributions[quantity]
      return tokens === undefined ? null : { least: tokens.sum, most: tokens.sum + dubious * tokens.max }
    }
  }
}
