import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { RowFiles } from '../../../reporters/rows/row-files.ts'
import { measurementData } from '../../support/measurement-builder.ts'
import { bucket } from '../../support/run-report.ts'
import { sampleTable, watched } from '../../support/watched.ts'

/** Files in memory; one whose path has `full` in it is on a full disk from its second write on. */
function rowFiles(csv: string | null, ndjson: string | null) {
  const files = new Map<string, string>()
  const rows = new RowFiles({
    csv,
    ndjson,
    create: (path, text) => void files.set(path, text),
    append: (path, text) => {
      if (path.includes('full')) throw new Error('ENOSPC: no space left on device')
      files.set(path, files.get(path)! + text)
    },
  })
  return { files, rows }
}

const LOAD = measurementData({
  specId: { file: 'a.perf.ts', path: ['=cmd|calc', 'says "hi", twice\nover'], label: '-1' },
  buckets: [bucket(0, { phase: 'warmup', latencyP50Us: null, latencyP99Us: null }), bucket(1, { failed: 2 })],
  watched: [watched({ samples: sampleTable({ cpuShare: [0.5, null, 0.25] }) })],
})

test('CSV has a row for each second of each load, read back as it was, with no formula in it', () => {
  const { files, rows } = rowFiles('/out/loads.csv', null)
  rows.add(LOAD)
  rows.add(measurementData({ buckets: [bucket(0)] }))
  expect(rows.end()).toEqual({ paths: ['/out/loads.csv', '/out/loads-watched.csv'], notes: [] })
  const text = files.get('/out/loads.csv')!
  expect(text.endsWith('\r\n')).toBe(true)
  const records: Record<string, string>[] = parse(text, { columns: true })
  expect(records).toHaveLength(3)
  expect(records[0]).toMatchObject({
    file: 'a.perf.ts',
    test: `'=cmd|calc > says "hi", twice\nover`,
    label: "'-1",
    time: '2025-11-22T02:52:00.000Z',
    second: '0',
    phase: 'warmup',
    latency_p50_us: '',
  })
  expect(records[1]).toMatchObject({ second: '1', failed: '2', latency_p99_us: '110000', due: '10' })
  const samples: Record<string, string>[] = parse(files.get('/out/loads-watched.csv')!, { columns: true })
  expect(samples.map(({ second, watched, metric, unit, mean }) => [second, watched, metric, unit, mean])).toEqual([
    ['1', 'host', 'cpuShare', 'share', '0.5'],
    ['3', 'host', 'cpuShare', 'share', '0.25'],
  ])
})

test('NDJSON has the same rows, with null for what is missing', () => {
  const { files, rows } = rowFiles(null, '/out/loads.ndjson')
  rows.add(LOAD)
  const lines = files
    .get('/out/loads.ndjson')!
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  expect(lines).toHaveLength(4)
  expect(lines[0]).toMatchObject({ kind: 'second', second: 0, latency_p50_us: null, label: '-1' })
  expect(lines[3]).toMatchObject({ kind: 'sample', watched: 'host', metric: 'cpuShare', mean: 0.25, span_s: 1 })
})

test('every run begins its files anew, and a full disk is said once', () => {
  const { files, rows } = rowFiles('/full.csv', '/loads.ndjson')
  const one = measurementData({ buckets: [bucket(0)] })
  for (const load of [one, one, one]) rows.add(load)
  expect(rows.end()).toEqual({
    paths: ['/loads.ndjson'],
    notes: ['no CSV: /full.csv: ENOSPC: no space left on device'],
  })
  expect(files.get('/loads.ndjson')!.trim().split('\n')).toHaveLength(3)
  rows.add(one)
  expect(rows.end()).toEqual({ paths: ['/full.csv', '/loads.ndjson'], notes: [] })
  expect(files.get('/loads.ndjson')!.trim().split('\n')).toHaveLength(1)
})
