import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BaselineStore } from '../../../src/store/baseline-store.ts'
import { baselineRecord, FINGERPRINT, SPEC, temporaryDirectory } from './samples.ts'

function emptyStore(): { directory: string; store: BaselineStore; path: string } {
  const directory = temporaryDirectory()
  const store = new BaselineStore(directory, 'default')
  return { directory, store, path: store.path(SPEC, 'env1') }
}

describe('BaselineStore', () => {
  test('gives back what was accepted, under a name that people recognise', async () => {
    const { directory, store } = emptyStore()
    expect(await store.exists(SPEC, 'env1')).toBe(false)
    const path = await store.accept(baselineRecord())
    expect(path).toMatch(new RegExp(`^${directory}/default/env1/chat-perf-ts-gateway-holds-10-qps-[0-9a-f]{8}\\.json$`))
    expect(await store.read(SPEC, 'env1')).toEqual({ baseline: baselineRecord(), other: null, notes: [] })
    expect(await store.exists(SPEC, 'env1')).toBe(true)
  })

  test('writes for diffs: sorted keys, a value a line, four digits, no number that JSON lacks', async () => {
    const { store } = emptyStore()
    const run = baselineRecord().runs[0]!
    const path = await store.accept(
      baselineRecord({
        runs: [
          {
            ...run,
            metrics: {
              qps: { value: 123.456789, lower: null, upper: Number.NaN, n: 123_456 },
              errorRate: { value: Number.NaN, lower: 0, upper: 1, n: 0 },
            },
          },
        ],
      }),
    )
    const text = readFileSync(path, 'utf8')
    expect(JSON.parse(text).runs[0].metrics).toEqual({ qps: { value: 123.5, lower: null, upper: null, n: 123_456 } })
    expect(text).toMatch(/\n$/)
    const keys = [...text.matchAll(/^ {2}"(\w+)"/gm)].map((match) => match[1]!)
    expect(keys).toEqual([...keys].sort((a, b) => (a < b ? -1 : 1)))
    expect(keys).toContain('acceptedAt')
  })

  test('shows the newest baseline of another environment only when this one has none', async () => {
    const { store } = emptyStore()
    const elsewhere = (hardHash: string, acceptedAt: string) =>
      baselineRecord({ fingerprint: { ...FINGERPRINT, hardHash }, acceptedAt })
    await store.accept(elsewhere('env2', '2026-03-02T00:00:00.000Z'))
    await store.accept(elsewhere('env3', '2026-03-04T00:00:00.000Z'))
    await store.accept(elsewhere('env4', '2026-03-03T00:00:00.000Z'))
    expect(await store.read(SPEC, 'env1')).toMatchObject({
      baseline: null,
      other: { fingerprint: { hardHash: 'env3' } },
      notes: [],
    })
    await store.accept(baselineRecord())
    expect(await store.read(SPEC, 'env1')).toMatchObject({
      baseline: { fingerprint: { hardHash: 'env1' } },
      other: null,
    })
  })

  test('keeps specs and names apart, also those that look alike on disk', async () => {
    const { directory, store } = emptyStore()
    await store.accept(baselineRecord())
    expect((await store.read({ ...SPEC, path: ['gateway', 'holds 10-qps'] }, 'env1')).baseline).toBeNull()
    expect((await new BaselineStore(directory, 'release').read(SPEC, 'env1')).baseline).toBeNull()
    await new BaselineStore(directory, '../outside').accept(baselineRecord())
    expect(readdirSync(directory).sort()).toEqual(['default', expect.stringMatching(/^outside-[0-9a-f]{8}$/)])
  })

  test('treats a truncated baseline as missing, names it, keeps a copy, and leaves it in its place', async () => {
    const { store, path } = emptyStore()
    await store.accept(baselineRecord())
    const torn = readFileSync(path, 'utf8').slice(0, 100)
    writeFileSync(path, torn)
    for (let time = 0; time < 2; time++) {
      const { baseline, notes } = await store.read(SPEC, 'env1')
      expect(baseline).toBeNull()
      expect(notes).toHaveLength(1)
      expect(notes[0]).toContain(`${path} is damaged`)
      expect(notes[0]).toContain('-u')
    }
    expect(readFileSync(path, 'utf8')).toBe(torn)
    expect(readFileSync(`${path}.corrupt`, 'utf8')).toBe(torn)
    expect(await store.exists(SPEC, 'env1')).toBe(true)
  })

  test('accepting over a damaged baseline keeps the damaged one beside it', async () => {
    const { store, path } = emptyStore()
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '<<<<<<< ours')
    await store.accept(baselineRecord())
    expect((await store.read(SPEC, 'env1')).baseline).toEqual(baselineRecord())
    expect(readFileSync(`${path}.corrupt`, 'utf8')).toBe('<<<<<<< ours')
  })

  test('neither reads nor replaces a baseline of a later schema', async () => {
    const { store, path } = emptyStore()
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '{"schema":"perf/baseline@2"}')
    const { baseline, notes } = await store.read(SPEC, 'env1')
    expect(baseline).toBeNull()
    expect(notes).toEqual([expect.stringContaining("has schema 'perf/baseline@2'")])
    await expect(store.accept(baselineRecord())).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining(path),
    })
    expect(readFileSync(path, 'utf8')).toBe('{"schema":"perf/baseline@2"}')
  })

  test('says what it cannot read or write instead of losing it', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'default'), 'a file in its place')
    const store = new BaselineStore(directory, 'default')
    const { baseline, notes } = await store.read(SPEC, 'env1')
    expect(baseline).toBeNull()
    expect(notes.join('\n')).toContain('ENOTDIR')
    await expect(store.accept(baselineRecord())).rejects.toThrow(/cannot (read|write) .*ENOTDIR: not a directory/)
  })
})

test('baselines of other names are found beside the own one, of this environment before any other', async () => {
  const { directory, store } = emptyStore()
  const elsewhere = { ...FINGERPRINT, hardHash: 'env2' }
  await store.accept(baselineRecord())
  await new BaselineStore(directory, 'fp16').accept(baselineRecord({ name: 'fp16' }))
  await new BaselineStore(directory, 'fp16').accept(baselineRecord({ name: 'fp16', fingerprint: elsewhere }))
  await new BaselineStore(directory, 'int4').accept(baselineRecord({ name: 'int4', fingerprint: elsewhere }))
  const { baselines, notes } = await store.named(SPEC, 'env1')
  expect(baselines.map(({ name, fingerprint }) => [name, fingerprint.hardHash])).toEqual([
    ['fp16', 'env1'],
    ['int4', 'env2'],
  ])
  expect(notes).toEqual([])
})

test('a baseline that somebody else accepted meanwhile is not replaced', async () => {
  const { store } = emptyStore()
  await store.accept(baselineRecord(), null)
  const theirs = baselineRecord({ acceptedAt: '2026-04-01T00:00:00.000Z' })
  await store.accept(theirs)
  for (const seen of [null, baselineRecord()])
    await expect(store.accept(baselineRecord(), seen)).rejects.toThrow(/another baseline was accepted at .* meanwhile/)
  expect((await store.read(SPEC, 'env1')).baseline).toMatchObject({ acceptedAt: theirs.acceptedAt })
  await store.accept(baselineRecord(), theirs)
})
