import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LoadPlan, TracePlan } from '../../../src/domain/load-plan.ts'
import type { HttpScenarioPlan } from '../../../src/domain/scenario.ts'
import { pacerOf } from '../../../src/plan/pacer.ts'
import { resolveLoad } from '../../../src/plan/resolve-load.ts'
import { rowOrder } from '../../../src/plan/row-order.ts'
import { timelineOf } from '../../../src/plan/timeline.ts'
import { compileScenario } from '../../../src/scenarios/compile.ts'
import { http } from '../../../src/scenarios/http.ts'
import { readRowFile } from '../../../src/scenarios/row-file.ts'
import { loadPlan, SECOND } from '../../support/load-plan.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitest-perf-trace-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const planOf = (options: object): LoadPlan =>
  resolveLoad({ kind: 'module', name: 's', source: 'file:///s.ts', params: null, bundle: null }, options, {
    id: 'x',
    label: '',
    defaults: { onInvalid: 'fail', onInconclusive: 'warn' },
    readRows: readRowFile,
  })

const traceOf = (options: object): TracePlan => planOf(options).profile as TracePlan

/** Number and time in milliseconds of every arrival. */
const arrivalsOf = (plan: LoadPlan, lane = { index: 0, count: 1 }): [k: number, ms: number][] => {
  const pacer = pacerOf(plan.profile as TracePlan, timelineOf(plan), 1, lane)
  const arrivals: [number, number][] = []
  for (; pacer.nextUs < Infinity; pacer.advance()) arrivals.push([pacer.k, pacer.nextUs / 1e3])
  return arrivals
}

const AZURE = `TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:15:46.6805900,374,44
2023-11-16 18:15:50.9951690,396,109
2023-11-16 18:15:51.2224670,879,55
`
const MOONCAKE = `{"timestamp": 27482, "input_length": 6955, "output_length": 52, "hash_ids": [46, 47]}
{"timestamp": 30535, "input_length": 6472, "output_length": 26, "hash_ids": [46, 47]}
`

describe('a trace', () => {
  test.each<[string, () => object, [number, number][]]>([
    [
      'is a list of times in milliseconds',
      () => ({ trace: [100, 350, 400.5] }),
      [
        [0, 0],
        [1, 250],
        [2, 300.5],
      ],
    ],
    [
      'is a list of rows',
      () => ({
        trace: [
          { id: 1, ts: 5 },
          { id: 2, ts: 25 },
        ],
      }),
      [
        [0, 0],
        [1, 20],
      ],
    ],
    [
      'is a file of Azure',
      () => ({ trace: file('azure.csv', AZURE) }),
      [
        [0, 0],
        [1, 4314.579],
        [2, 4541.877],
      ],
    ],
    [
      'is a file of Mooncake',
      () => ({ trace: file('m.jsonl', MOONCAKE) }),
      [
        [0, 0],
        [1, 3053],
      ],
    ],
    [
      'is a URL',
      () => ({ trace: pathToFileURL(file('azure.csv', AZURE)), speed: 1000 }),
      [
        [0, 0],
        [1, 4.315],
        [2, 4.542],
      ],
    ],
    [
      'is a list of rows in a file',
      () => ({ trace: file('a.json', '[{"time": 0}, {"time": 10}]') }),
      [
        [0, 0],
        [1, 10],
      ],
    ],
    [
      'runs faster',
      () => ({ trace: [0, 100, 250], speed: 2.5 }),
      [
        [0, 0],
        [1, 40],
        [2, 100],
      ],
    ],
    [
      'is read in another unit',
      () => ({ trace: [0, 1, 2.5], unit: 's' }),
      [
        [0, 0],
        [1, 1000],
        [2, 2500],
      ],
    ],
    [
      'has its times in a named column',
      () => ({
        trace: [
          { id: 3, at: 7 },
          { id: 1, at: 17 },
        ],
        timeColumn: 'at',
      }),
      [
        [0, 0],
        [1, 10],
      ],
    ],
    [
      'is put in order, and each arrival keeps the number of its row',
      () => ({ trace: [300, 100, 200, 100] }),
      [
        [1, 0],
        [3, 0],
        [2, 100],
        [0, 200],
      ],
    ],
  ])('%s', (_, options, arrivals) => {
    expect(arrivalsOf(planOf(options()))).toEqual(arrivals)
  })

  test('knows its length, its rate and its peak', () => {
    expect(traceOf({ trace: [0, 100, 200, 300, 2000] })).toMatchObject({
      arrivals: 5,
      lengthUs: 2.5e6,
      peakPerSecond: 4,
    })
    expect(traceOf({ trace: [0, 100, 200, 300, 2000], speed: 2 })).toMatchObject({ lengthUs: 1.25e6, peakPerSecond: 4 })
    expect(traceOf({ trace: [5] })).toMatchObject({ arrivals: 1, lengthUs: 0 })
    expect(traceOf({ trace: [0, 10] }).digest).toBe(traceOf({ trace: [50, 60] }).digest)
    expect(traceOf({ trace: [0, 10] }).digest).not.toBe(traceOf({ trace: [10, 0] }).digest)
  })

  test('is dealt over generators without loss', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 5 }),
        (trace, count) => {
          const plan = planOf({ trace })
          const parts = Array.from({ length: count }, (_, index) => arrivalsOf(plan, { index, count }))
          const byNumber = (list: [number, number][]): [number, number][] => list.sort((a, b) => a[0] - b[0])
          expect(byNumber(parts.flat())).toEqual(byNumber(arrivalsOf(plan)))
          const least = Math.min(...trace)
          expect(byNumber(arrivalsOf(plan)).map(([, ms]) => ms)).toEqual(trace.map((ms) => ms - least))
        },
      ),
      { numRuns: 50 },
    )
  })
})

test('row k of the data is sent at the time of row k of the trace, whatever their order and however many generators', async () => {
  const path = file('own.csv', 'id,timestamp,tokens\na,400,1\nb,100,2\nc,250,3\nd,100,4\ne,550,5\n')
  const scenario = http.get('http://h/{{id}}/{{tokens}}', { data: path }).plan() as HttpScenarioPlan
  const plan = planOf({ trace: path, warmup: { requests: 1 } })
  const requests = await compileScenario(scenario, rowOrder(scenario, plan.seed))
  const sent = [0, 1].flatMap((index) =>
    arrivalsOf(plan, { index, count: 2 }).map(([k, ms]) => `${ms} ${requests.prepare(k, 0).path}`),
  )
  expect(sent.sort()).toEqual(['0 /b/2', '0 /d/4', '150 /c/3', '300 /a/1', '450 /e/5'])
})

describe('the window of a trace', () => {
  const windowsOf = (options: object, openUs?: number): number[][] =>
    timelineOf(planOf({ trace: [0, 1000, 2000, 3000, 4000], ...options }), openUs).windows.map(({ startUs, endUs }) => [
      startUs / SECOND,
      endUs / SECOND,
    ])

  test.each([
    ['is all of it, with a mean gap after the last arrival', {}, undefined, [[0, 5]]],
    [
      'leaves out its beginning as warm-up and its end as cool-down',
      { warmup: '1s', cooldown: '2s' },
      undefined,
      [[1, 3]],
    ],
    ['is not known while a warm-up by requests lasts', { warmup: { requests: 2 } }, undefined, []],
    ['opens when enough of it has been answered', { warmup: { requests: 2 } }, 1.5 * SECOND, [[1.5, 5]]],
    ['never opens when that comes too late', { warmup: { requests: 2 }, cooldown: '1s' }, 4.5 * SECOND, []],
  ])('%s', (_, options, openUs, windows) => {
    expect(windowsOf(options, openUs)).toEqual(windows)
  })

  test('of arrivals that all come at once ends with the last answer', () => {
    expect(timelineOf(planOf({ trace: [7, 7] })).windows).toEqual([{ window: 0, startUs: 0, endUs: Infinity }])
  })

  test('ends with the trace, whenever the warm-up is over', () => {
    expect(timelineOf(planOf({ trace: [0, 1000], warmup: { requests: 1 } })).endUs).toBe(2 * SECOND)
  })
})

describe('what is no trace is refused', () => {
  test.each<[string, () => object, RegExp]>([
    ['an empty list', () => ({ trace: [] }), /option trace: got \[\], takes the path or URL of/],
    ['a number', () => ({ trace: 5 }), /option trace: got 5, takes the path or URL of/],
    [
      'times and rows mixed',
      () => ({ trace: [{ ts: 1 }, 5] }),
      /option trace\[1\]: got 5, takes a row with a timestamp/,
    ],
    ['a garbled time', () => ({ trace: [0, 'x'] }), /option trace\[1\]: time: got 'x', takes a number, or a date/],
    ['no such file', () => ({ trace: './gone.csv' }), /option trace: no such file: .*gone\.csv/],
    [
      'a file of another kind',
      () => ({ trace: './trace.parquet' }),
      /option trace: got '.\/trace.parquet', takes the path/,
    ],
    [
      'an address on the net',
      () => ({ trace: 'https://h/a.csv' }),
      /option trace: got 'https:\/\/h\/a.csv', takes the path/,
    ],
    ['an empty file', () => ({ trace: file('empty.csv', '') }), /option trace: .*empty.csv: got an empty file/],
    ['a header alone', () => ({ trace: file('header.csv', 'timestamp\n') }), /option trace: .*header.csv: got no rows/],
    [
      'no column of times',
      () => ({ trace: file('c.csv', 'id,tokens\n1,2\n') }),
      /the columns are id, tokens: takes a column such as timestamp/,
    ],
    [
      'a wrong column',
      () => ({ trace: [{ ts: 1 }], timeColumn: 'at' }),
      /option timeColumn: the columns are ts: got 'at'/,
    ],
    [
      'a bad value in CSV',
      () => ({ trace: file('b.csv', 'timestamp,p\n0,"a\nb"\n\nsoon,c\n') }),
      /trace: line 5 of .*b.csv: timestamp: got 'soon'/,
    ],
    [
      'a bad value in JSONL',
      () => ({ trace: file('b.jsonl', '\n{"time":1}\n{"time":null}\n') }),
      /trace: line 3 of .*b.jsonl: time: got null/,
    ],
    [
      'a broken line',
      () => ({ trace: file('d.jsonl', '{"time":1}\n{"time"\n') }),
      /option trace: .*d.jsonl: line 2: .*takes one JSON object a line/,
    ],
    ['a speed of 0', () => ({ trace: [1], speed: 0 }), /option speed: got 0, takes a number over 0/],
    ['a rate beside it', () => ({ trace: [1], rate: 5, duration: '1s' }), /options rate and trace exclude each other/],
    ['a duration', () => ({ trace: [1], duration: '1s' }), /unknown option duration/],
    [
      'a warm-up as long',
      () => ({ trace: [0, 1000], warmup: '2s' }),
      /option warmup: got '2s', takes less than the trace's 2 s/,
    ],
    [
      'warm-up and cool-down as long',
      () => ({ trace: [0, 1000], warmup: '1s', cooldown: '1s' }),
      /option cooldown: got '1s', takes less/,
    ],
    [
      'as many requests',
      () => ({ trace: [0, 1000], warmup: { requests: 2 } }),
      /option warmup: .*fewer requests than the trace has \(2\)/,
    ],
  ])('%s', (_, options, message) => {
    expect(() => planOf(options())).toThrow(message)
  })
})

test('a plan around a trace is plain data', () => {
  const { profile } = planOf({ trace: [3, 1] })
  expect(JSON.parse(JSON.stringify(loadPlan(profile))).profile).toEqual(profile)
})
