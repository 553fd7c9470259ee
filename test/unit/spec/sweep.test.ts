import { expectTypeOf } from 'expect-type'
import { describe, expect, test } from 'vitest'
import type { SearchSummary } from '../../../src/domain/search.ts'
import type { SweepSummary } from '../../../src/domain/sweep.ts'
import '../../../src/matchers/register.ts'
import { Measurement } from '../../../src/measure/measurement.ts'
import { SweepMatrix } from '../../../src/measure/sweep-matrix.ts'
import { sweepLoads, type SweepSession } from '../../../src/spec/sweep.ts'
import { measurementData, plan, series, spread } from '../../support/measurement-builder.ts'

/** A test's loads, whose latency is what the cell says. */
class VirtualSession implements SweepSession {
  readonly controller = new AbortController()
  readonly told: SweepSummary[] = []
  readonly labels: string[] = []
  readonly owed: Error[] = []
  #runs: Measurement[] = []
  #label = ''

  get signal(): AbortSignal {
    return this.controller.signal
  }

  async loadsOf({ label }: { readonly label: string }, work: () => unknown) {
    this.#runs = []
    this.#label = label
    this.labels.push(label)
    try {
      await work()
      return { runs: this.#runs, error: null }
    } catch (error) {
      return { runs: this.#runs, error }
    }
  }

  load(ms: number): Measurement {
    const latencies = spread(100, ms * 1000, ms * 1000)
    const run = new Measurement(measurementData({ series: series({ latencies }), plan: plan({ label: this.#label }) }))
    this.#runs.push(run)
    return run
  }

  owe(error: Error): void {
    this.owed.push(error)
  }

  beginSearch(label: string) {
    return {
      specId: { file: 'a.perf.ts', path: ['sweeps'], label },
      tell: (summary: SearchSummary) => this.told.push(summary as SweepSummary),
    }
  }
}

const AXES = { promptTokens: [1000, 2000], users: [1, 4, 16] } as const

async function measured(session = new VirtualSession()) {
  return sweepLoads<{ readonly promptTokens: 1000 | 2000; readonly users: 1 | 4 | 16 }>(
    session,
    AXES,
    async ({ promptTokens, users }) => session.load((promptTokens / 1000) * users),
  )
}

describe('sweep()', () => {
  test('runs every combination in order, the last axis fastest, under labels of their own', async () => {
    const session = new VirtualSession()
    const matrix = await measured(session)
    expect(session.labels).toEqual([
      'promptTokens=1000, users=1',
      'promptTokens=1000, users=4',
      'promptTokens=1000, users=16',
      'promptTokens=2000, users=1',
      'promptTokens=2000, users=4',
      'promptTokens=2000, users=16',
    ])
    expect(matrix.cells.map(({ point }) => point['users'])).toEqual([1, 4, 16, 1, 4, 16])
    expect(session.told.map(({ end }) => end)).toEqual([...Array.from({ length: 7 }, () => null), 'done'])
    expect(session.owed).toEqual([])
  })

  test('gives a measurement where every axis is named and else a part of the matrix', async () => {
    const matrix = await measured()
    const cell = matrix.at({ promptTokens: 2000, users: 4 })
    expectTypeOf(cell).toEqualTypeOf<Measurement>()
    expect(cell.latency!.p50).toBeCloseTo(8, 1)
    const users = matrix.at({ users: 4 })
    expect(users).toBeInstanceOf(SweepMatrix)
    expect(users.cells.map(({ label }) => label)).toEqual(['promptTokens=1000, users=4', 'promptTokens=2000, users=4'])
    expect(() => matrix.at({ users: 5 as never })).toThrow('at({ users: 5 }): the axis has 1, 4, 16')
    expect(() => matrix.at({ rate: 5 } as never)).toThrow('this sweep has no axis rate; it has promptTokens, users')
  })

  test('makes a table of a metric: rows for all axes but the last', async () => {
    const matrix = await measured()
    expect(matrix.table('latency.p50')).toEqual({
      columns: ['1', '4', '16'],
      rows: [
        { label: 'promptTokens=1000', values: [1, 4, 16] },
        { label: 'promptTokens=2000', values: [2, 8, 32] },
      ],
    })
    expect(matrix.at({ promptTokens: 1000 }).table('outputTokensPerSecond').rows[0]!.values).toEqual([null, null, null])
    expect(() => matrix.table('p99' as never)).toThrow("got 'p99', takes a percentile such as 'latency.p99'")
  })

  test('keeps the other cells when one fails, and owes the test a failure', async () => {
    const session = new VirtualSession()
    const matrix = await sweepLoads<{ readonly users: number }>(session, { users: [1, 4, 16] }, async ({ users }) => {
      if (users === 4) throw new Error('the server went away')
      session.load(users)
    })
    expect(matrix.cells.map(({ measurement }) => measurement !== null)).toEqual([true, false, true])
    expect(session.owed[0]!.message).toBe('1 of 3 cells of the sweep failed (users=4); the first: the server went away')
    expect(session.told.at(-1)!.cells[1]).toEqual({
      label: 'users=4',
      point: { users: 4 },
      why: 'the server went away',
    })
    expect(() => matrix.at({ users: 4 })).toThrow('the server went away')
    expect(() => expect(matrix).toHaveP90Below('1s')).toThrow(
      'cell users=4: cannot judge: it failed: the server went away',
    )
    expect(() => expect(matrix).not.toHaveP90Below('1ms')).toThrow('cell users=4: cannot judge')
  })

  test('a measured cell whose claim failed has its numbers and fails the test', async () => {
    const session = new VirtualSession()
    const matrix = await sweepLoads<{ readonly users: number }>(session, { users: [1, 4] }, async ({ users }) =>
      expect(session.load(users)).toHaveP90Below('2ms'),
    )
    expect(matrix.at({ users: 4 }).latency!.p50).toBeCloseTo(4, 1)
    expect(session.owed[0]!.message).toMatch(/^1 of 2 cells of the sweep failed \(users=4\); the first: expected p90/)
  })

  test('throws what the first cell threw when no cell measured anything', async () => {
    const session = new VirtualSession()
    await expect(
      sweepLoads(session, { users: [1, 2] }, () => {
        throw new TypeError('a typing error')
      }),
    ).rejects.toThrow(TypeError)
  })

  test.each([
    [0, 'the cell made 0 loads'],
    [2, 'the cell made 2 loads'],
  ])('refuses a cell of %i loads', async (count, message) => {
    const session = new VirtualSession()
    const run = sweepLoads(session, { users: [1] }, () => {
      for (let i = 0; i < count; i++) session.load(1)
    })
    const thrown = await run.then(
      () => null,
      (error: Error) => error,
    )
    expect((thrown ?? session.owed[0]!).message).toContain(message)
  })

  test('ends with what it has when the test is cancelled', async () => {
    const session = new VirtualSession()
    const run = sweepLoads<{ readonly users: number }>(session, { users: [1, 4, 16] }, async ({ users }) => {
      session.load(users)
      if (users === 4) session.controller.abort()
    })
    await expect(run).rejects.toThrow('the sweep was stopped')
    expect(session.told.at(-1)!.end).toBe('aborted')
    expect(session.labels).toEqual(['users=1', 'users=4'])
  })

  test.each([
    [{}, 'got none, takes at least one'],
    [{ users: [] }, 'option users: got [], takes a list of at least one value'],
    [{ users: [1, '1'] }, "axis users: got '1' twice, takes each value once"],
    [{ users: 4 }, 'option users: got 4, takes a list'],
    [{ users: [null] }, 'option users[0]: got null, takes numbers, texts, true and false'],
    [
      { a: Array.from({ length: 40 }, (_, i) => i), b: Array.from({ length: 40 }, (_, i) => i) },
      'got 1600 combinations',
    ],
  ])('refuses the axes %j', async (axes, message) => {
    await expect(sweepLoads(new VirtualSession(), axes as never, () => undefined)).rejects.toThrow(message)
  })
})

describe('a claim about a sweep', () => {
  test('holds when it holds in every cell, also for rates, and names the cells where it does not', async () => {
    const matrix = await measured()
    expect(matrix).toHaveP90Below('40ms')
    expect(matrix).toSustainQps(1)
    expect(() => expect(matrix).toHaveP90Below('8ms')).toThrow(
      /^cell promptTokens=1000, users=16: expected p90 latency below 8 ms[^]*cell promptTokens=2000, users=4: expected/,
    )
    expect(matrix).not.toHaveP90Below('900us')
    expect(() => expect(matrix).toBeFasterThan(matrix.cells[0]!.measurement!)).toThrow(
      'toBeFasterThan: got a sweep, takes one of its cells',
    )
  })
})
