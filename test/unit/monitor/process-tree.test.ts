import { expect, test } from 'vitest'
import { ProcessTree, type TreeReading } from '../../../src/monitor/process-tree.ts'
import { FakeProc, type FakeProcess } from '../../support/fake-proc.ts'

let nowMs = 0
/** Reads a second later, when children are looked for. */
const read = (tree: ProcessTree): TreeReading => {
  nowMs += 1000
  return tree.read()
}

function treeOf(processes: Readonly<Record<number, FakeProcess>>): { proc: FakeProc; tree: ProcessTree } {
  const proc = new FakeProc(processes)
  const tree = new ProcessTree(proc.path, () => nowMs)
  tree.plant([10])
  tree.read()
  return { proc, tree }
}

const pids = (tree: ProcessTree): number[] => read(tree).living.map(({ pid }) => pid)

test('holds the descendants of all threads, and not those of others', () => {
  const { tree } = treeOf({
    10: { threads: [[20], [30]] },
    20: { parent: 10, threads: [[40]] },
    30: { parent: 10 },
    40: { parent: 20 },
    99: {},
  })
  expect(new Set(pids(tree))).toEqual(new Set([10, 20, 30, 40]))
})

test('children come and go, stay when their parent ends first, and end with their last', () => {
  const { proc, tree } = treeOf({ 10: { threads: [[20, 30]] }, 30: { parent: 10 } })
  expect(pids(tree)).toEqual([10, 30])
  proc.put(20, { parent: 10 })
  expect(pids(tree)).toEqual([10, 30, 20])
  proc.end(10)
  expect(pids(tree)).toEqual([30, 20])
  proc.end(30)
  proc.put(20, { start: 101 })
  expect(pids(tree)).toEqual([])
})

test('who has ended and was not waited for is not living', () => {
  const { proc, tree } = treeOf({ 10: {} })
  proc.put(10, { state: 'Z' })
  expect(pids(tree)).toEqual([])
})

const FAMILY = { 10: { ticks: 100, threads: [[20]] }, 20: { parent: 10, ticks: 50 } } as const

test.each<[string, (proc: FakeProc) => void, number]>([
  ['what all of them worked', (proc) => proc.put(20, { parent: 10, ticks: 57 }), 7],
  [
    'the last work of a child that was waited for',
    (proc) => (proc.end(20), proc.put(10, { ticks: 101, childTicks: 58 })),
    9,
  ],
  ['no negative work for a child that nobody waited for', (proc) => (proc.end(20), proc.put(10, { ticks: 103 })), 3],
  [
    'a child that lived between two readings only',
    (proc) => proc.put(10, { ticks: 100, childTicks: 30, threads: [[20]] }),
    30,
  ],
  [
    'all the work of a new child',
    (proc) => (proc.put(10, { ticks: 100, threads: [[20, 30]] }), proc.put(30, { parent: 10, ticks: 12 })),
    12,
  ],
  [
    'nothing that somebody did before joining',
    (proc) => (proc.put(20, { parent: 10, ticks: 50, threads: [[30]] }), proc.put(30, { parent: 1, ticks: 900 })),
    0,
  ],
  [
    'the work of a child whose parent ended without waiting',
    (proc) => (proc.end(10), proc.put(20, { parent: 1, ticks: 55 })),
    5,
  ],
])('counts %s', (_, change, ticks) => {
  const { proc, tree } = treeOf(FAMILY)
  change(proc)
  expect(read(tree).since?.cpuTicks).toBe(ticks)
})

test('what a tree had done before it was planted is not counted', () => {
  const proc = new FakeProc(FAMILY)
  const tree = new ProcessTree(proc.path, () => nowMs)
  tree.plant([10])
  expect(tree.read().since).toBeNull()
  expect(tree.read().since).toEqual({ cpuTicks: 0, majorFaults: 0 })
})

test('children are there from the first reading on, and later ones within a second', () => {
  const { proc, tree } = treeOf(FAMILY)
  expect(tree.read().living).toHaveLength(2)
  proc.put(10, { ticks: 100, threads: [[20, 30]] })
  proc.put(30, { parent: 10, ticks: 12 })
  expect(tree.read().living).toHaveLength(2)
  expect(read(tree)).toMatchObject({ living: { length: 3 }, since: { cpuTicks: 12 } })
})
