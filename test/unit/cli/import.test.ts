import { expect, test } from 'vitest'
import { history } from '../../../src/cli/history.ts'
import { importCommand } from '../../../src/cli/import.ts'
import { trend } from '../../../src/cli/trend.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { Desk } from './command-place.ts'

const VERSIONS = `label,value,unit,round
原始基线,24.0,s,
TF32 + ONNX,17.0,s,
+ 持久化缓存,12.0,s,
+ GPU 预热,8.3,s,
`
const ROUNDS = [
  [12.0, 8.2, 8.7],
  [9.9, 9.4, 8.3],
  [10.076, 9.212, 8.29],
]
  .flatMap((values, round) => values.map((value) => `+ GPU 预热,${value},s,${round + 1}\n`))
  .join('')

test('a history of single values has changes and a cumulative speed-up, and no interval', async () => {
  const desk = new Desk()
  const { code, out } = await desk.run(importCommand, desk.write('clone_tts.csv', VERSIONS))
  expect(code).toBe(0)
  expect(out).toBe(`\
imported 4 versions of clone_tts

clone_tts · p50 latency (lower is better) · 4 comparable runs · imported
 原始基线      24 s ████████████████████████████████  first
 TF32 + ONNX   17 s ██████████████████████▋           −29.2 %  1.41×
 + 持久化缓存  12 s ████████████████                  −29.4 %  1.42×
 + GPU 预热   8.3 s ███████████▏                      −30.8 %  1.45×
 cumulative −65.4 % · 2.89×
 no interval: it takes two or more runs of the first and of the last version`)
})

test('rounds show their best and mean, and a warm-up in them is no improvement', async () => {
  const desk = new Desk()
  const { out } = await desk.run(importCommand, desk.write('tts.csv', VERSIONS + ROUNDS))
  expect(out).toContain('cumulative −65.4 % · 2.89×')
  expect(out).toContain('+ GPU 预热: 9 values in 3 rounds · best 8.2 s · mean 9.34 s')
  expect(out).toContain('round 1: 12 s → 8.2 s → 8.7 s · −27.5 % · best 8.2 s · mean 9.63 s · warm-up')
  expect(out.replaceAll(/\s+/g, ' ')).toContain("INCONCLUSIVE as an improvement: the values of '+ GPU 预热' get better")
  for (const line of out.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80)
})

test.each([
  ['one label', 'label,value\nv4,10.076\nv4,9.212\nv4,8.290\n'],
  ['rounds of one value', 'label,value,round\nv4,10.076,1\nv4,9.212,2\nv4,8.290,3\n'],
  ['one commit', 'label,value,commit\n#1,10.076,abcdef12\n#2,9.212,abcdef12\n#3,8.290,abcdef12\n'],
])('three falling values of %s are a warm-up: nothing improved, and there is no interval', async (_what, csv) => {
  const desk = new Desk()
  await desk.run(importCommand, desk.write('a.csv', csv))
  const { out } = await desk.run(trend, 'a', '--json')
  const found = JSON.parse(out) as { trend: { points: unknown[]; speedupInterval: unknown } }
  expect(found.trend.points).toHaveLength(1)
  expect(found.trend).toMatchObject({
    speedupInterval: null,
    points: [{ cumulative: null, samples: { n: 3, best: 8_290_000, rounds: [{ warmup: true }] } }],
  })
})

test('values of one version that stay level are no warm-up', async () => {
  const desk = new Desk()
  const { out } = await desk.run(importCommand, desk.write('a.csv', 'label,value\nv1,9\nv1,9.2\nv1,8.9\n'))
  expect(out).not.toMatch(/warm-up|INCONCLUSIVE/)
})

test('several runs of the first and the last version give an interval', async () => {
  const rows = [24, 24.4, 23.7, 8.3, 8.2, 8.4].map((value, i) => ({
    label: `run ${i}`,
    value,
    commit: i < 3 ? 'aaaaaaa1' : 'bbbbbbb2',
  }))
  const desk = new Desk()
  const { out } = await desk.run(importCommand, desk.write('a.json', JSON.stringify(rows)))
  expect(out).toMatch(/n=3 CV 1\.46 %/)
  const [, low, high] = /2\.90× \[(\d\.\d+), (\d\.\d+)\]/.exec(out)!
  expect(Number(low)).toBeGreaterThan(2.7)
  expect(Number(high)).toBeLessThan(3.1)
})

test('stages tell what gave the gain, and whether they add up', async () => {
  const stages = (label: string, total: number, clone: number, post: number): string =>
    `${label},${total},\n${label},${clone},clone\n${label},${post},post\n`
  const desk = new Desk()
  const csv = `label,value,stage\n${stages('v1', 24, 21.4, 2.6)}${stages('v4', 8.3, 7.1, 1.2)}`
  await desk.run(importCommand, desk.write('a.csv', csv))
  const { out } = await desk.run(trend, 'a')
  expect(out.split('\n').slice(-5)).toEqual([
    ' stage      v1     v4   change  of gain',
    ' total    24 s  8.3 s  −15.7 s    100 %',
    ' clone  21.4 s  7.1 s  −14.3 s   91.1 %',
    ' post    2.6 s  1.2 s   −1.4 s   8.92 %',
    ' residual 0 ✓',
  ])
})

test('importing the same file again adds nothing', async () => {
  const desk = new Desk()
  desk.write('a.csv', 'label,value\nv1,24s\nv2,17s\n')
  await desk.run(importCommand, 'a.csv')
  expect((await desk.run(importCommand, 'a.csv')).out).toMatch(/^imported 0 versions of a \(2 were there already\)/)
  expect(JSON.parse((await desk.run(history, 'a', '--json')).out)).toHaveLength(2)
})

test('a duration without a unit is read as seconds, and that is said', async () => {
  const desk = new Desk()
  const { warnings } = await desk.run(importCommand, desk.write('a.csv', 'label,value\nv1,24\n'))
  expect(warnings).toEqual([expect.stringContaining('read as seconds')])
  expect((await desk.run(importCommand, desk.write('b.csv', 'label,value\nv1,240ms\n'))).warnings).toEqual([])
  expect((await desk.run(trend, 'b')).out).toContain('240 ms')
})

test.each([
  ['a.csv', 'label,value\nv1,fast\n', /a\.csv line 2, value: got 'fast', takes a duration/],
  ['a.csv', 'label,value\nv1,-3\n', /got '-3'/],
  ['a.csv', 'label,value\n,3\n', /neither label nor commit/],
  ['a.csv', 'label,value,colour\nv1,3,red\n', /unknown column 'colour'; columns are label, value/],
  ['a.csv', 'label,value,metric\nv1,3,latency\n', /metric: got 'latency', takes a metric such as latency\.p50/],
  ['a.csv', 'label,value,unit\nv1,3,%\n', /got '3' with unit '%'/],
  ['a.csv', 'label,value\n', /there is no value in it/],
  ['a.json', '{"value":3}', /takes a list/],
  ['a.json', '[{"label":"v1"}]', /a\.json item 1: there is no value/],
])('a wrong file is refused as a whole: %s %s', async (name, text, message) => {
  const desk = new Desk()
  await expect(desk.run(importCommand, desk.write(name, text))).rejects.toThrow(message)
  expect((await desk.run(history)).out).toBe('there is no run in history')
})

test('a spec is found by a part of its id, and one that may be several is asked for', async () => {
  const desk = new Desk()
  desk.write('a.csv', 'label,value,spec\nv1,3s,chat.perf.ts > fast\nv1,4s,chat.perf.ts > slow\n')
  await desk.run(importCommand, 'a.csv')
  expect((await desk.run(trend, 'FAST')).out).toContain('chat.perf.ts > fast')
  await expect(desk.run(trend, 'chat')).rejects.toThrow(/may be any of 2; give more of its id:\n.*fast\n.*slow/)
  await expect(desk.run(trend, 'none')).rejects.toThrow(/no spec 'none' in history; there are:/)
})
