import { expect, test } from 'vitest'
import { MarkedStages } from '../../../src/generator/marked-stages.ts'

function stages(): { now: number; readonly marks: MarkedStages } {
  const clock = { now: 1000, marks: null as unknown as MarkedStages }
  clock.marks = new MarkedStages(() => clock.now)
  return clock
}

test('a mark is what has passed since the one before', () => {
  const clock = stages()
  clock.now += 500
  clock.marks.mark('encode')
  clock.now += 70
  clock.marks.mark('decode')
  clock.now += 3
  clock.marks.mark('encode')
  expect(Object.fromEntries(clock.marks.with([])!)).toEqual({ encode: 503, decode: 70 })
})

test('a stage lasts as long as its work, also when that fails', async () => {
  const clock = stages()
  await expect(clock.marks.run('clone', () => ((clock.now += 40), 'voice'))).resolves.toBe('voice')
  const broken = clock.marks.run('post', () => {
    clock.now += 5
    throw new Error('broken')
  })
  await expect(broken).rejects.toThrow('broken')
  expect(Object.fromEntries(clock.marks.with([])!)).toEqual({ clone: 40, post: 5 })
})

test('what requests tell of the parts of a marked stage comes along, added up', async () => {
  const clock = stages()
  await clock.marks.run('clone', () => (clock.now += 40))
  const told = new Map([
    ['clone/encode', 10],
    ['post/x', 1],
    ['db', 2],
  ])
  expect(Object.fromEntries(clock.marks.with([told, null, told])!)).toEqual({ clone: 40, 'clone/encode': 20 })
})

test('without marks an iteration has the stages of its only request', () => {
  const told = new Map([['db', 2]])
  expect(stages().marks.with([told])).toBe(told)
  expect(stages().marks.with([told, told])).toBeNull()
})

test.each(['', '/a', 'a/', '(rest)', 'a//b', 7])('%j names no stage', async (name) => {
  const { marks } = stages()
  expect(() => marks.mark(name as string)).toThrow('mark(name): got')
  await expect(marks.run(name as string, () => 1)).rejects.toThrow('stage(name): got')
})
