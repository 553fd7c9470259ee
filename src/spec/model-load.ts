import { TIME_UNITS_US } from '../domain/quantity.ts'
import type { ModelLoadSource } from '../plan/cold-start-options.ts'
import type { Exchange } from '../pool/protocol.ts'
import { atPath } from '../scenarios/json-path.ts'
import { serverTiming } from '../scenarios/server-timing.ts'

const MICROSECONDS: Readonly<Record<string, number>> = { ...TIME_UNITS_US, µs: 1 }

/**
 * How long the server loaded its model, as it tells itself; microseconds. `null` when it does not.
 * @param output what it printed since its start
 * @param first its first good answer
 */
export function modelLoadUs(source: ModelLoadSource, output: string, first: Exchange): number | null {
  if (source instanceof RegExp) {
    const [, time, unit] = new RegExp(source.source, source.flags.replaceAll(/[gy]/g, '')).exec(output) ?? []
    return time === undefined ? null : scaled(Number(time), MICROSECONDS[unit?.toLowerCase() ?? 'ms'])
  }
  const { response } = first
  if (response === null) return null
  if ('stage' in source) return serverTiming(response.headers)?.get(source.stage) ?? null
  const value = numberIn(response.body, source.json)
  return value === null ? null : scaled(value, MICROSECONDS[source.unit ?? 'ms'])
}

function scaled(value: number, factor: number | undefined): number | null {
  return Number.isFinite(value) && value >= 0 && factor !== undefined ? Math.round(value * factor) : null
}

/** Of a body that is JSON, or of the last line or event of a stream that has it. */
function numberIn(body: string, path: string): number | null {
  const lines = body.split(/\r?\n/).map((line) => line.replace(/^data:\s*/, ''))
  for (const text of [body, ...lines.toReversed()]) {
    const value = atPath(parsed(text), path)
    if (typeof value === 'number') return value
  }
  return null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
