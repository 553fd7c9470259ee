import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { Aggregator } from '../../../src/measure/aggregator.ts'
import { rescuedLoad } from '../../../src/rescued-load.ts'
import { FileStore } from '../../../src/store/file-store.ts'
import { resumableLoads } from '../../../src/store/resumable.ts'
import { head, HERE, writeJournal } from './journals.ts'
import { ENVIRONMENT, PLAN, SPEC, temporaryDirectory } from './samples.ts'

function storeAt(root: string, resume: string | null): FileStore {
  return new FileStore({
    runId: () => '01JRUN2',
    root,
    project: 'perf',
    rescue: rescuedLoad,
    resume,
    update: () => 'none',
    note: (text) => expect.unreachable(text),
    toolVersion: '0.1.0',
    environment: ENVIRONMENT,
  })
}

/** A project in which a load of three seconds broke off and was taken into history. */
async function brokenOff(): Promise<string> {
  const root = temporaryDirectory()
  writeJournal(join(root, '.perf/runs'), 3)
  await storeAt(root, null).recover()
  return root
}

const NEXT: LoadPlan = { ...PLAN, id: '01JNEXT' }
const header = {
  runId: '01JRUN2',
  loadId: NEXT.id,
  specId: SPEC,
  plan: NEXT,
  startedAt: head().startedAt,
  pid: process.pid,
}

test('a load goes on only when its run is asked for', async () => {
  const root = await brokenOff()
  expect(await storeAt(root, null).brokenOff(SPEC, NEXT)).toBeNull()
  expect(await storeAt(root, '01JOTHER').brokenOff(SPEC, NEXT)).toBeNull()
  expect(await storeAt(root, '01JRUN').brokenOff({ ...SPEC, label: '2' }, NEXT)).toBeNull()
  expect(await storeAt(root, '01JRUN').brokenOff(SPEC, NEXT)).toMatchObject({
    startedAt: head().startedAt,
    generators: 1,
  })
})

test('its journal takes over from the old one, and its record from that of the part', async () => {
  const root = await brokenOff()
  const store = storeAt(root, '01JRUN')
  const { leg, reports } = (await store.brokenOff(SPEC, NEXT))!
  const aggregator = new Aggregator(NEXT, leg)
  aggregator.replay(reports)
  store.journal(header, () => aggregator.leg()).close()
  expect(readdirSync(join(root, '.perf/resumable'))).toEqual([])
  expect(readdirSync(join(root, '.perf/runs'))).toEqual(['01JNEXT.ndjson'])
  // Still the old numbers, should this process die too.
  const points = async (): Promise<unknown[]> =>
    (await storeAt(root, null).reference(SPEC, PLAN)).history.map(({ runId, status }) => [runId, status])
  expect(await points()).toEqual([['01JRUN', 'aborted']])
  const data = aggregator.finish({ ...header, totalUs: 9e6, aborted: null })
  await store.settle([
    {
      state: 'passed',
      loads: [
        {
          ...data,
          loadId: NEXT.id,
          metrics: {},
          expectations: [],
          numbers: { outcomes: data.series.outcomes, stages: [] },
        },
      ],
    },
  ])
  expect((await points()).length).toBe(1)
  expect(await points()).not.toContainEqual(['01JRUN', 'aborted'])
  expect(readdirSync(join(root, '.perf/runs'))).toEqual([])
})

test.each<[string, Partial<LoadPlan>, RegExp]>([
  [
    'the requests',
    { scenario: { ...PLAN.scenario, url: 'http://h/other' } as LoadPlan['scenario'] },
    /its requests differ$/m,
  ],
  ['the warm-up', { warmup: { kind: 'requests', requests: 7 } }, /warmup: was \{"durationUs":5000000.*\}, is \{.*7\}/],
  ['the rate', { profile: { ...PLAN.profile, steps: [] } as LoadPlan['profile'] }, /steps: was .*10.*, is \[\]/],
  ['the SLO', { slo: { latencyUs: 1, ttftUs: null, tpotUs: null } }, /slo: was null, is /],
])('refuses to go on when %s changed, and says how', async (_, change, difference) => {
  const root = await brokenOff()
  const store = storeAt(root, '01JRUN')
  await expect(store.brokenOff(SPEC, { ...NEXT, ...change })).rejects.toThrow(difference)
  await expect(store.brokenOff(SPEC, { ...NEXT, ...change })).rejects.toThrow(
    'is another load than the one that broke off',
  )
  expect(readdirSync(join(root, '.perf/resumable'))).toEqual(['01JLOAD.ndjson'])
})

test('a new port and another key are no change', async () => {
  const root = await brokenOff()
  const { scenario } = NEXT
  const moved = {
    ...scenario,
    url: 'http://127.0.0.1:999/v1/chat/completions',
    headers: { 'content-type': 'application/json', Authorization: 'x' },
  }
  expect(await storeAt(root, '01JRUN').brokenOff(SPEC, { ...NEXT, scenario: moved })).not.toBeNull()
})

test('what can be resumed is what waits and what died just now, but nothing that still runs', async () => {
  const root = await brokenOff()
  writeJournal(join(root, '.perf/runs'), 1, { loadId: '01JDEAD', startedAt: '2026-03-01T09:00:00.000Z' })
  writeJournal(join(root, '.perf/runs'), 1, { loadId: '01JALIVE', writer: HERE })
  const { loads, damaged } = await resumableLoads(join(root, '.perf'))
  expect(loads.map((load) => load.head.loadId)).toEqual(['01JDEAD', '01JLOAD'])
  expect(damaged).toEqual([])
  expect(await resumableLoads(join(root, 'nowhere'))).toEqual({ loads: [], damaged: [] })
})
