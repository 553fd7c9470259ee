import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Aggregator } from '../../../src/measure/aggregator.ts'
import type { JournalReport } from '../../../src/pool/ports.ts'
import { type FoundJournal, legLine, parseJournal } from '../../../src/store/journal-entry.ts'
import { rescuedLoad } from '../../../src/rescued-load.ts'
import { head, KeptLoad, TEN, workplace, writeJournal } from './journals.ts'
import { delta, distributionOf, PLAN, SPEC, temporaryDirectory } from './samples.ts'

const END = { runId: 'r', specId: SPEC, startedAt: '2026-03-01T10:00:00.000Z', totalUs: 1e9, aborted: null }

function found(path: string): FoundJournal {
  const journal = parseJournal(readFileSync(path, 'utf8'))
  if (journal.state !== 'read') throw new Error(`${path} is ${journal.state}`)
  return journal.value
}

/** The aggregation that a journal holds. */
function restored(path: string): Aggregator {
  const { leg, reports } = found(path)
  const aggregator = new Aggregator(PLAN, leg)
  aggregator.replay(reports)
  return aggregator
}

describe('JournalFile', () => {
  test('has each report on disk when append returns', () => {
    const load = new KeptLoad(workplace().runs)
    const lines = (): number => readFileSync(load.path, 'utf8').trimEnd().split('\n').length
    expect(lines()).toBe(2)
    load.append(delta(0, TEN))
    expect(lines()).toBe(3)
    load.append({ kind: 'sample', watched: 'host', atUs: 1, spanUs: 1, values: { memory: 5 } })
    expect(lines()).toBe(4)
  })

  test('holds all that the load has measured, whenever it is read', () => {
    const report = fc.oneof(
      fc.array(fc.integer({ min: 1, max: 1e6 }), { maxLength: 20 }),
      fc.record({ rss: fc.nat(1e9) }),
    )
    fc.assert(
      fc.property(fc.array(report, { maxLength: 30 }), (reports) => {
        const load = new KeptLoad(workplace().runs)
        let [second, sampledUs] = [0, 0]
        for (const one of reports) {
          if (Array.isArray(one)) load.append(delta(second++, one, { loopDelay: distributionOf(one) }))
          else
            load.append({ kind: 'sample', watched: 'host', atUs: ++sampledUs, spanUs: 1, values: { memory: one.rss } })
          expect(restored(load.path).finish(END)).toEqual(load.aggregator.finish(END))
        }
      }),
      { numRuns: 20 },
    )
  })

  test('written anew keeps every count of every second', () => {
    const load = new KeptLoad(workplace().runs)
    const { buckets, ...one } = delta(0, TEN)
    const counts = { attempted: 13, good: 10, withinSlo: 9, unsent: 2 }
    load.append({ ...one, buckets: buckets.map((bucket) => ({ ...bucket, ...counts })) })
    const [headLine] = readFileSync(load.path, 'utf8').split('\n')
    const leg = load.aggregator.leg()
    const journal = parseJournal(`${headLine}\n${legLine(leg)}\n`)
    expect(journal).toMatchObject({ state: 'read', value: { leg: { seconds: { list: [counts] } } } })
    expect(journal.state === 'read' && journal.value.leg?.seconds).toEqual(leg.seconds)
  })

  test('stays bounded over hours at 5,000 requests/s, and is whole at its end', { timeout: 60_000 }, () => {
    const hours = 4
    const { runs } = workplace()
    const load = new KeptLoad(runs)
    const latency = { ...distributionOf(TEN), counts: TEN.map(() => 510), n: 5100 }
    let largest = 0
    for (let second = 0; second < hours * 3600; second++) {
      const { series, buckets, ...one } = delta(second, [])
      load.append({
        ...one,
        series: series.map((each) => ({
          ...each,
          outcomes: { ...each.outcomes, attempted: 5100, good: 5100 },
          distributions: { latency },
        })),
        buckets: buckets.map((each) => ({ ...each, sent: 5100, completed: 5100, latency })),
      })
      if (second % 600 === 599) largest = Math.max(largest, statSync(load.path).size)
    }
    // Seconds take most of it: about 45 bytes each, and twice as much may be appended.
    expect(largest).toBeLessThan(hours * 0.65e6)
    expect(readdirSync(runs)).toEqual(['01JLOAD.ndjson'])
    const { outcomes, course, findings } = rescuedLoad(found(load.path))
    expect(outcomes.good).toBe(hours * 3600 * 5100)
    expect(findings.map(({ cause }) => cause)).toEqual(['aborted'])
    expect(course).toHaveLength(hours * 60)
    expect(course!.at(-1)).toEqual({
      minute: hours * 60 - 1,
      n: 60 * 5100,
      failed: 0,
      ratePerSecond: 5100,
      latencyP50Us: 5000,
      latencyP99Us: 10_000,
    })
  })

  test('says once that the disk cannot be written, and never throws into the load', () => {
    const { directory, note, notes } = workplace()
    writeFileSync(join(directory, 'file'), '')
    const load = new KeptLoad(join(directory, 'file', 'runs'), {}, PLAN, note)
    load.append(delta(0, TEN))
    load.append(delta(1, TEN))
    load.journal.close()
    expect(load.journal.isOpen).toBe(false)
    expect(notes).toEqual([
      expect.stringMatching(/^journal: cannot write .*ENOTDIR: not a directory; the load goes on/),
    ])
  })

  test(
    'loses nothing that was appended when its process is killed, whenever that is',
    { timeout: 30_000 },
    async () => {
      const directory = temporaryDirectory()
      const script = join(directory, 'writer.mjs')
      // A small journal that is written anew all the time: most kills fall into a rewriting.
      await build({
        stdin: {
          contents: `
          import { Aggregator } from './src/measure/aggregator.ts'
          import { JournalFile } from './src/store/journal.ts'
          import { writeSync } from 'node:fs'
          const { runs, head, plan, report } = JSON.parse(process.argv[2])
          const aggregator = new Aggregator(plan)
          const journal = new JournalFile(runs, head, () => aggregator.leg(), (text) => { throw new Error(text) })
          for (let second = 0; ; second++) {
            const one = { ...report, seq: second, atUs: (second + 1) * 1e6 }
            aggregator.add(one)
            journal.append(one)
            writeSync(1, second + '\\n')
          }`,
          resolveDir: process.cwd(),
        },
        outfile: script,
        bundle: true,
        format: 'esm',
        platform: 'node',
        packages: 'external',
        logLevel: 'error',
      })
      for (const killAfter of [1, 7, 12]) {
        const runs = join(directory, `runs-${killAfter}`)
        mkdirSync(runs)
        const report = delta(
          0,
          Array.from({ length: 3000 }, (_, i) => i),
        )
        const work = JSON.stringify({ runs, head: head(), plan: PLAN, report })
        const child = spawn(process.execPath, [script, work], {
          cwd: process.cwd(),
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        let said = ''
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          said += text
          if (Number(said.trimEnd().split('\n').at(-1)) >= killAfter) child.kill('SIGKILL')
        })
        await once(child, 'close')
        const acknowledged = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1)) + 1
        const { attempted } = restored(join(runs, '01JLOAD.ndjson')).finish(END).series.outcomes
        expect(attempted / 3000).toBeGreaterThanOrEqual(acknowledged)
        expect(attempted / 3000).toBeLessThanOrEqual(acknowledged + 1)
      }
    },
  )
})

describe('parseJournal', () => {
  test('drops a torn last line', () => {
    const path = writeJournal(workplace().runs, 3)
    appendFileSync(path, JSON.stringify(delta(3, TEN)).slice(0, 400))
    expect(restored(path).finish(END).series.outcomes.good).toBe(30)
  })

  test.each<[string, (lines: string[]) => string[]]>([
    ['garbage for a head', (lines) => ['garbage', ...lines.slice(1)]],
    ['a damaged leg', ([head, , ...rest]) => [head!, '{"kind":"leg","leg":{}}', ...rest]],
    ['a leg in the middle', ([head, leg, ...rest]) => [head!, leg!, ...rest, leg!]],
    ['a damaged report', (lines) => lines.with(2, '{"kind":"delta"}')],
    ['a torn line before the last', (lines) => lines.with(2, lines[2]!.slice(0, 50))],
  ])('calls a journal with %s corrupt', (_, change) => {
    const path = writeJournal(workplace().runs, 3)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(parseJournal(`${change(lines).join('\n')}\n`).state).toBe('corrupt')
  })

  test('keeps the alerts of a load that broke off, as far as they had come', () => {
    const load = new KeptLoad(workplace().runs)
    const rule = "{ cpu: '> 90%' }"
    const span = { watched: 'host', metric: 'cpuShare', limit: 0.9, side: 'above', toUs: 4e6, peak: 1 } as const
    load.append({ kind: 'alert', rule, span: { ...span, fromUs: 1e6, ended: false } })
    load.append({ kind: 'alert', rule, span: { ...span, fromUs: 1e6, toUs: 5e6, ended: true } })
    load.append({ kind: 'alert', rule, span: { ...span, fromUs: 8e6, toUs: 9e6, ended: false } })
    const { alerts } = restored(load.path).finish(END)
    const spans = [
      { fromUs: 1e6, toUs: 5e6, ended: true },
      { fromUs: 8e6, toUs: 9e6, ended: false },
    ]
    expect(alerts).toMatchObject([{ rule, isWatched: true, more: 0, spans }])
    expect(alerts[0]?.spans).toHaveLength(2)
  })

  test('goes on after a resumption with the numbers of the new generators', () => {
    const load = new KeptLoad(workplace().runs)
    load.append(delta(0, TEN))
    const resumed: JournalReport = { kind: 'resumed', atUs: 60e6, reason: 'its process ended' }
    load.append(resumed)
    load.append(delta(0, TEN, { atUs: 61e6, windows: [{ window: 0, startUs: 60e6, endUs: null }] }))
    const { gaps, series } = restored(load.path).finish(END)
    expect(gaps).toEqual([{ fromUs: 1e6, toUs: 60e6, reason: 'its process ended' }])
    expect(series.outcomes.good).toBe(20)
  })
})
