import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { expect } from 'vitest'
import type { ModelScenarioPlan, Scenario } from '../../../../src/domain/scenario.ts'
import { cutAt, readAnswer, type Reading } from '../read-answer.ts'

/** An answer of a server as its specification writes it, and what it must be read as. */
export interface Golden {
  readonly name: string
  readonly scenario: Scenario
  readonly type: string
  readonly headers?: Readonly<Record<string, string>>
  readonly bytes: string
  readonly result: Partial<Omit<Reading, 'stages' | 'failure'>> & {
    /** By name, in microseconds. */
    readonly stages?: Readonly<Record<string, number>>
    readonly failure: object | null
  }
}

export const SSE = 'text/event-stream'
export const NDJSON = 'application/x-ndjson'
export const JSON_TYPE = 'application/json'

/** An event with its name, as APIs with named events send it. */
export const named = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`

export const line = (fields: object): string => `${JSON.stringify(fields)}\n`

/** Reads a golden answer in these pieces. */
function readGolden({ scenario, type, headers }: Golden, chunks: readonly Buffer[]): Reading {
  const plan = scenario.plan() as ModelScenarioPlan
  return readAnswer(plan, { chunks, headers: { 'content-type': type, ...headers } })
}

/**
 * Reads an answer in one piece, and in every two and many random ones.
 * @returns what it was read as
 * @throws AssertionError when it reads otherwise where its bytes are cut
 */
export function readEveryWay(golden: Golden): object {
  const bytes = Buffer.from(golden.bytes)
  const expected = readGolden(golden, [bytes])
  const same = (chunks: readonly Buffer[], how: string): void => {
    const found = readGolden(golden, chunks)
    // Thousands of cuts: what matches is not described.
    if (!isDeepStrictEqual(found, expected)) expect({ how, found }).toEqual({ how, found: expected })
  }
  for (let at = 0; at <= bytes.length; at++) same(cutAt(bytes, at), `cut at ${at}`)
  same(
    [...bytes].map((byte) => Buffer.from([byte])),
    'byte by byte',
  )
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length]
      same(
        places.slice(1).map((place, i) => bytes.subarray(places[i], place)),
        String(cuts),
      )
    }),
    { numRuns: 50 },
  )
  return { ...expected, stages: Object.fromEntries(expected.stages ?? []) }
}
