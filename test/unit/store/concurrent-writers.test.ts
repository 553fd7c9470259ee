import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'
import { HistoryStore } from '../../../src/store/history-store.ts'
import { runRecord, SPEC, temporaryDirectory } from './samples.ts'

const SOURCE = join(import.meta.dirname, '../../../src/store/history-store.ts')

/** A process of its own that writes runs and reports each one that it has written. */
function writerScript(directory: string): string {
  const entry = join(directory, 'writer.ts')
  writeFileSync(
    entry,
    `
    import { HistoryStore } from ${JSON.stringify(SOURCE)}
    const [history, prefix, count, template] = process.argv.slice(2)
    const store = new HistoryStore(history)
    // So large that a write takes long enough to be interrupted and to be seen half done.
    const padding = 'x'.repeat(1_000_000)
    for (let n = 0; n < Number(count); n++) {
      const runId = prefix + 'N' + n
      await store.write({ ...JSON.parse(template), runId, padding })
      process.send(runId)
    }
    process.disconnect()
  `,
  )
  const outfile = join(directory, 'writer.mjs')
  buildSync({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' })
  return outfile
}

function startWriter(
  script: string,
  history: string,
  prefix: string,
  count: number,
): { child: ChildProcess; written: string[]; ended: Promise<unknown> } {
  const child = fork(
    script,
    [history, prefix, String(count), JSON.stringify(runRecord('', '2026-05-01T00:00:00.000Z'))],
    { execArgv: [] },
  )
  const written: string[] = []
  child.on('message', (runId) => written.push(runId as string))
  return { child, written, ended: once(child, 'close') }
}

test('20 processes write at once, some are killed, one reads meanwhile, and nothing is lost or seen half written', async () => {
  const directory = temporaryDirectory()
  const script = writerScript(directory)
  const history = join(directory, 'history')
  const writers = Array.from({ length: 20 }, (_, n) => startWriter(script, history, `01JW${n}`, 5))
  // Every fourth dies somewhere in its second or a later write.
  for (const { child } of writers.filter((_, n) => n % 4 === 0)) child.once('message', () => child.kill('SIGKILL'))
  const reader = new HistoryStore(history)
  while (writers.some(({ child }) => child.exitCode === null && child.signalCode === null))
    expect((await reader.points(SPEC)).notes).toEqual([])
  await Promise.all(writers.map((writer) => writer.ended))
  const written = writers.flatMap((writer) => writer.written)
  const { points, notes } = await new HistoryStore(history).points(SPEC)
  expect(writers.filter((writer) => writer.written.length === 5).length).toBeGreaterThanOrEqual(15)
  expect(points.map((point) => point.runId)).toEqual(expect.arrayContaining(written))
  expect(notes).toEqual([])
}, 60_000)

test('a writer that is killed in the middle leaves every run that it reported, and no half file', async () => {
  const directory = temporaryDirectory()
  const script = writerScript(directory)
  const history = join(directory, 'history')
  for (let round = 0; round < 5; round++) {
    const writer = startWriter(script, history, `01JR${round}`, 10_000)
    await once(writer.child, 'message')
    // Somewhere in its next writes, which take a few milliseconds each.
    await sleep(round * 3)
    writer.child.kill('SIGKILL')
    await writer.ended
    const { points, notes } = await new HistoryStore(history).points(SPEC)
    const runIds = points.map((point) => point.runId)
    expect(writer.written.length).toBeGreaterThan(0)
    expect(runIds).toEqual(expect.arrayContaining(writer.written))
    expect(notes).toEqual([])
  }
}, 60_000)
