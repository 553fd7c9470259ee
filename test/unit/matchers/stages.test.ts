import { expect, test } from 'vitest'
import '../../../src/matchers/register.ts'
import { stageBreakdown } from '../../../src/compare/stage-breakdown.ts'
import { measured, series } from '../../support/measurement-builder.ts'

const HIT = { 'counter:cacheHit': [...Array<number>(85).fill(1000), ...Array<number>(15).fill(0)] }
const hundred = (us: number): number[] => Array<number>(100).fill(us)
const pipeline = series({
  latencies: hundred(100_000),
  distributions: {
    'stage:clone (inferred)': hundred(80_000),
    'stage:clone/encode': hundred(30_000),
    'stage:clone/llm': hundred(50_000),
    'stage:post': hundred(5_000),
    'stage:(rest)': hundred(15_000),
    ...HIT,
  },
})

test('a stage is judged by its path', () => {
  const { run } = measured({ series: pipeline })
  expect(run.stage('clone/encode')).toHaveP90Below('31ms')
  expect(run.stage('(rest)')).toHaveMaxBelow('16ms')
  expect(() => expect(run.stage('clone/encode')).toHaveP50Below('29ms')).toThrow(/p50 of stage "clone\/encode"/)
})

test('a stage that nobody measured says so in the claim', () => {
  const { run, records } = measured({ series: pipeline })
  expect(run.stage('clone')).toHaveP90Below('81ms')
  expect(records[0]!.claim).toBe('p90 of stage "clone" (inferred, not measured) below 81 ms')
})

test('stages make a tree whose shares add up', () => {
  expect(stageBreakdown(pipeline).map(({ name, depth, share }) => [name, depth, share])).toEqual([
    ['total', 0, 1],
    ['clone (inferred)', 1, 0.8],
    ['clone/llm', 2, 0.5],
    ['clone/encode', 2, 0.3],
    ['post', 1, 0.05],
    ['(rest)', 1, 0.15],
  ])
})

test('a counter tells its share, its total and in how many answers', () => {
  const { run } = measured({ series: pipeline })
  expect(run.counter('cacheHit')).toEqual({ n: 100, missing: 0, hits: 85, total: 85, mean: 0.85, share: 0.85 })
  expect(() => run.counter('cacheMiss')).toThrow(
    "counter('cacheMiss'): this load measured no such counter; it has 'cacheHit'",
  )
  expect(run).toHaveCounterRateAbove('cacheHit', '70%')
  expect(run).not.toHaveCounterRateAbove('cacheHit', '95%')
  expect(run).toHaveCounterRateBelow('cacheHit', '95%')
  expect(() => expect(run).toHaveCounterRateAbove('cacheHit', '90%')).toThrow('85 % ')
})

test('a counter that no answer told passes nothing, negated or not', () => {
  const { run } = measured()
  expect(() => expect(run).toHaveCounterRateAbove('cacheHit', '0%')).toThrow(
    /cannot judge.*no good answer told cacheHit/s,
  )
  expect(() => expect(run).not.toHaveCounterRateAbove('cacheHit', '50%')).toThrow(/cannot judge/)
  expect(() => expect(run).toHaveCounterRateBelow('cacheHit', '50%')).toThrow(/cannot judge/)
  expect(() => expect(run).not.toHaveCounterRateBelow('cacheHit', '50%')).toThrow(/cannot judge/)
})

test('answers that do not tell a counter count against every claim', () => {
  const half = measured({ series: series({ latencies: hundred(1).concat(hundred(1)), distributions: HIT }) }).run
  expect(half.counter('cacheHit')).toMatchObject({ n: 100, missing: 100, share: 0.85 })
  const untold = '100 good answers did not tell it'
  expect(() => expect(half).toHaveCounterRateAbove('cacheHit', '60%')).toThrow(untold)
  expect(() => expect(half).not.toHaveCounterRateAbove('cacheHit', '60%')).toThrow(untold)
  expect(() => expect(half).toHaveCounterRateBelow('cacheHit', '60%')).toThrow(untold)
  expect(() => expect(half).not.toHaveCounterRateBelow('cacheHit', '60%')).toThrow(untold)
  expect(half).toHaveCounterRateAbove('cacheHit', '30%')
})

test.each([[''], [7], [undefined]])('a counter named %j is refused', (name) => {
  const { run } = measured({ series: pipeline })
  expect(() => expect(run).toHaveCounterRateAbove(name as string, '5%')).toThrow('takes the name of a counter')
})
