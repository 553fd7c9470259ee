import { expect, test } from 'vitest'
import { ContainerDaemon } from '../../../src/monitor/container-daemon.ts'
import { ContainerMonitor } from '../../../src/monitor/container-monitor.ts'
import { Measurement } from '../../../src/measure/measurement.ts'
import { tableTexts } from '../../../src/format/table-text.ts'
import { comparisonTable, containerTable, REPORTED, speechTable } from '../../../suites/ai-tables.ts'
import type { TableOptions } from '../../../src/spec/result-table.ts'
import { FakeDaemon } from '../../support/fake-daemon.ts'
import { measurementData, series } from '../../support/measurement-builder.ts'
import { sampleTable, watched } from '../../support/watched.ts'

const textsOf = ({ columns, rows, notes = [] }: TableOptions): ReturnType<typeof tableTexts> =>
  tableTexts({ columns, rows: rows.map((row) => ('cells' in row ? row : { cells: row, external: null })), notes })

test('containers stand in a table with what a daemon tells of their use and limits', async () => {
  const daemon = await FakeDaemon.start()
  const asr = { limits: { Memory: 4e9, NanoCpus: 2e9 }, memory: { usage: 3.42e9, limit: 4e9, stats: {} } }
  daemon.containers.set('aima-asr', { ...asr, cpuSeconds: 10, atMs: 1e12 })
  let ms = 0
  const target = { name: 'container aima-asr', by: 'name', containerName: 'aima-asr' } as const
  const monitor = new ContainerMonitor(target, new ContainerDaemon({ path: daemon.path }), () => (ms += 1000))
  await monitor.start(() => undefined)
  await monitor.sample()
  daemon.containers.set('aima-asr', { ...asr, cpuSeconds: 10.5, atMs: 1e12 + 2000 })
  const { cpuCores, memory } = (await monitor.sample())!
  const samples = sampleTable({ cpuCores: [cpuCores!], memory: [memory!] })
  monitor.stop()
  const all = [
    watched({ ...monitor.watched, samples }),
    watched({
      kind: 'container',
      name: 'container gone',
      cores: null,
      memoryBytes: null,
      notes: ['no such container'],
    }),
  ]
  const run = new Measurement(measurementData({ watched: all }))
  const { rows, notes } = textsOf(containerTable(run, ['aima-asr', 'gone']))
  expect(rows).toEqual([
    ['aima-asr', '0.25 cores', '2 cores', '3.42 GB', '4 GB', '85.5 %'],
    ['gone', 'n/a', 'none', 'n/a', 'none', 'n/a'],
  ])
  expect(notes).toEqual(['gone: no such container'])
  expect(() => containerTable(run, ['tts'])).toThrow(
    "watched('container tts'): it was not watched; watched: 'container aima-asr', 'container gone'",
  )
})

test('figures of others are marked, and ours are those of the load', () => {
  const run = new Measurement(measurementData({ series: series({ distributions: { tokensPerSecond: [93_600] } }) }))
  const { rows, notes } = textsOf(comparisonTable(run, 'tiny', 'here', REPORTED))
  expect(rows.map(([name, , tokens]) => [name, tokens])).toEqual([
    ['tiny', '93.6/s'],
    ['GLM-4.7-Flash (external)', '20.6/s'],
    ['Qwen3-Coder-Next-FP8 (external)', '50/s'],
  ])
  expect(rows[2]![3]).toBe('n/a')
  expect(notes.filter((note) => note.startsWith('external: not measured here'))).toHaveLength(2)
})

test('what no speech told is n/a, class by class', () => {
  const run = new Measurement(
    measurementData({ promptClasses: { '3 characters': series({ latencies: [100_000, 300_000], windowUs: 1e6 }) } }),
  )
  const [row] = textsOf(speechTable(run, ['3 characters'])).rows
  expect(row).toMatchObject({ 0: '3 characters', 1: '2', 3: 'n/a', 4: '200 ms ± 141 ms', 5: 'n/a', 6: 'n/a' })
})
