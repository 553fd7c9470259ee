import type { ResponseHeaders } from './exchange.ts'

/** Names of the client's own stages: a server's metric of such a name is kept as `server.dns`, `server.connect`, `server.tls`. */
const OWN_STAGES = new Set(['dns', 'connect', 'tls'])

/** More stages than this of one response are left out: names come from outside and each becomes a distribution. */
const MAX_STAGES = 32

// A metric name or parameter: a token (with slashes, which the standard has not, as names of stages are paths), with an optional value that is a token or a quoted string.
const ITEM = /[\s,;]*([!#$%&'*+\-.^_`|~\w/]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^",;\s]*)))?([\s,;]*)/gy

/**
 * Stage durations of a response in whole microseconds, by name. Metrics without `dur` say nothing about time and are
 * left out; a name given several times adds up; a trailer overrules the header of the same name. Names that the client
 * measures itself get the prefix `server.`, so that the two are never mixed.
 * @see https://www.w3.org/TR/server-timing/
 */
export function serverTiming(
  headers: ResponseHeaders,
  trailers: ResponseHeaders = {},
): ReadonlyMap<string, number> | null {
  const head = headers['server-timing']
  const tail = trailers['server-timing']
  if (head === undefined && tail === undefined) return null
  const stages = new Map([...durations(head), ...durations(tail)].slice(0, MAX_STAGES))
  return stages.size === 0 ? null : stages
}

function durations(header: string | string[] | undefined): Map<string, number> {
  const stages = new Map<string, number>()
  if (header === undefined) return stages
  const text = typeof header === 'string' ? header : header.join(',')
  let stage: string | null = null
  let hasDuration = false
  for (const [, name, quoted, plain, separator] of text.matchAll(ITEM)) {
    if (stage === null) {
      stage = OWN_STAGES.has(name!) ? `server.${name!}` : name!
      hasDuration = false
    } else if (!hasDuration && name!.toLowerCase() === 'dur') {
      // Only the first `dur` of a metric counts, as browsers do it.
      hasDuration = true
      const us = milliseconds(quoted ?? plain ?? '')
      if (us !== null) stages.set(stage, (stages.get(stage) ?? 0) + us)
    }
    if (separator!.includes(',')) stage = null
    else if (!separator!.includes(';')) break
  }
  return stages
}

function milliseconds(text: string): number | null {
  const ms = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(ms) && ms >= 0 ? Math.round(ms * 1000) : null
}
