import { COUNTER_SCALE } from '../domain/metric.ts'
import type { RequestFailure } from '../domain/observation.ts'
import type { CounterPlan, NumberSource, RequestPlan, StagePlan } from '../domain/scenario.ts'
import { inferredName } from '../domain/stage-name.ts'
import type { ResponseHeaders, ResponseReader, ResponseResult } from './exchange.ts'
import { atPath } from './json-path.ts'
import { KeptBody } from './kept-body.ts'
import { KeptTail } from './kept-tail.ts'

/** Longest body that numbers are looked for in. */
const MAX_BODY_BYTES = 16 * 1024 * 1024
/** How much of a stream's end is kept: servers tell their times in the last events. */
const TAIL_BYTES = 64 * 1024
/** Larger values do not fit into the histogram. */
const MOST_COUNTED = 3_600_000_000 / COUNTER_SCALE

type Values = (source: NumberSource) => unknown

/** A reader that also takes the stages and counters of a plan out of good answers; the given one where the plan has none. */
export function withNumbers(
  { stages, counters }: Pick<RequestPlan, 'stages' | 'counters'>,
  reader: ResponseReader,
): ResponseReader {
  return stages === undefined && counters === undefined
    ? reader
    : new NumbersReader(stages ?? {}, counters ?? {}, reader)
}

class NumbersReader implements ResponseReader {
  readonly #stages: Readonly<Record<string, StagePlan>>
  readonly #counters: Readonly<Record<string, CounterPlan>>
  readonly #reader: ResponseReader
  #headers: ResponseHeaders = {}
  #body: KeptBody | KeptTail | null = null

  constructor(
    stages: Readonly<Record<string, StagePlan>>,
    counters: Readonly<Record<string, CounterPlan>>,
    reader: ResponseReader,
  ) {
    this.#stages = stages
    this.#counters = counters
    this.#reader = reader
  }

  head(status: number, headers: ResponseHeaders): void {
    this.#headers = headers
    this.#reader.head(status, headers)
    const sources = [...Object.values(this.#stages), ...Object.values(this.#counters)]
    if (!sources.some(({ from }) => from === 'body')) return
    this.#body = isStream(headers) ? new KeptTail(TAIL_BYTES) : new KeptBody(MAX_BODY_BYTES)
  }

  data(chunk: Buffer, atUs: number): void {
    this.#reader.data(chunk, atUs)
    this.#body?.push(chunk)
  }

  end(trailers: ResponseHeaders): ResponseResult {
    const result = this.#reader.end(trailers)
    if (result.failure !== null) return result
    const values = this.#values()
    return { ...result, stages: this.#stagesOf(result.stages, values), counters: this.#countersOf(values) }
  }

  fail(failure: RequestFailure): ResponseResult {
    return this.#reader.fail(failure)
  }

  text(): string {
    return this.#reader.text()
  }

  visibleText(): string {
    return this.#reader.visibleText()
  }

  #values(): Values {
    const text = this.#body?.text() ?? ''
    const documents = this.#body instanceof KeptTail ? lastDocuments(text) : [parsed(text)]
    return (source) => {
      if (source.from === 'header') return this.#headers[source.name]
      return documents.map((value) => atPath(value, source.path)).find((value) => value !== undefined)
    }
  }

  #stagesOf(told: ResponseResult['stages'], values: Values): ResponseResult['stages'] {
    const stages = new Map(told ?? [])
    for (const [path, plan] of Object.entries(this.#stages)) {
      const us = plan.from === 'serverTiming' ? (told?.get(plan.name) ?? null) : microseconds(values(plan), plan.unitUs)
      if (plan.from === 'serverTiming') stages.delete(plan.name)
      if (us !== null) stages.set(plan.inferred ? inferredName(path) : path, us)
    }
    return stages.size === 0 ? null : stages
  }

  #countersOf(values: Values): ResponseResult['counters'] {
    const counters = new Map<string, number>()
    for (const [name, plan] of Object.entries(this.#counters)) {
      const value = counted(plan, values(plan))
      if (value !== null) counters.set(name, value)
    }
    return counters
  }
}

function counted({ equals, matches }: CounterPlan, value: unknown): number | null {
  if (value === undefined || value === null) return null
  // A header is always a text: what it says is compared with how the wanted value is written.
  if (equals !== null) return value === equals || (typeof value === 'string' && value.trim() === String(equals)) ? 1 : 0
  if (matches !== null)
    return new RegExp(matches.source, matches.flags).test(typeof value === 'string' ? value : JSON.stringify(value))
      ? 1
      : 0
  if (typeof value === 'boolean') return Number(value)
  const number = numberOf(value)
  return number !== null && number <= MOST_COUNTED ? number : null
}

function microseconds(value: unknown, unitUs: number): number | null {
  const number = numberOf(value)
  return number === null ? null : Math.round(number * unitUs)
}

/** A number from 0, or a text that is one. */
function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null
}

function isStream(headers: ResponseHeaders): boolean {
  return /event-stream|ndjson|jsonl/i.test(String(headers['content-type'] ?? ''))
}

/** JSON of the lines of a stream, the last one first. */
function lastDocuments(text: string): unknown[] {
  return text
    .split(/\r\n|\n|\r/)
    .reverse()
    .map((line) => parsed(line.replace(/^data:/, '')))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
