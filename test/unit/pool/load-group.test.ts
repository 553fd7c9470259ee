import { rmSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LiveSnapshot } from '../../../src/domain/live.ts'
import '../../../src/matchers/register.ts'
import { Measurement } from '../../../src/measure/measurement.ts'
import type { HostedLoadParts } from '../../../src/pool/hosted-load.ts'
import { LoadGroup } from '../../../src/pool/load-group.ts'
import { LocalEngine } from '../../../src/pool/local-engine.ts'
import { ENVELOPE, type PlannedLoad } from '../../../src/pool/protocol.ts'
import { ActiveLoad } from '../../../src/spec/active-load.ts'
import { bundleFolder, bundleGenerator, nowUs } from '../../support/generator-fork.ts'
import { arrivals, httpScenario, loadPlan, SECOND, users } from '../../support/load-plan.ts'
import { reference } from '../../support/measurement-builder.ts'
import { ReturningServer } from '../../support/returning-server.ts'

const folder = bundleFolder()
let engine: LocalEngine
beforeAll(async () => {
  engine = new LocalEngine(pathToFileURL(await bundleGenerator(folder)))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const servers: ReturningServer[] = []
afterAll(() => servers.forEach((server) => server.stop()))
async function server(): Promise<ReturningServer> {
  const started = await ReturningServer.start()
  servers.push(started)
  return started
}

function service(name: string, url: string, plan: Parameters<typeof loadPlan>): PlannedLoad {
  return {
    service: name,
    specId: { file: 'a.perf.ts', path: ['a test'], label: name },
    plan: {
      ...loadPlan(...plan),
      id: name,
      label: name,
      scenario: httpScenario(url),
      // What is asserted here stands on whole seconds: a busy machine may take its share of them.
      onInvalid: 'warn',
    },
  }
}

function groupOf(loads: readonly PlannedLoad[]): {
  readonly group: LoadGroup
  readonly active: ActiveLoad
  readonly run: Promise<readonly Measurement[]>
  readonly snapshots: LiveSnapshot[]
} {
  const snapshots: LiveSnapshot[] = []
  const parts: HostedLoadParts = {
    runId: 'run',
    engine,
    nowUs,
    store: {
      reference: () => Promise.resolve(reference()),
      brokenOff: () => Promise.resolve(null),
      journal: () => ({ append: () => undefined, close: () => undefined }),
    },
    observer: {
      progress: (snapshot: LiveSnapshot) => snapshots.push(snapshot),
      ended: () => undefined,
      note: () => undefined,
      finished: () => undefined,
    } as unknown as HostedLoadParts['observer'],
  }
  const group = new LoadGroup(loads, parts)
  const active = new ActiveLoad(nowUs)
  const run = group
    .run((startUs, openUs) => active.running({ [ENVELOPE]: true, kind: 'running', id: 1, startUs, openUs }))
    .then((ends) => ends.map(({ measured }) => new Measurement({ ...measured.measurement, events: active.events })))
    .finally(() => active.end())
  return { group, active, run, snapshots }
}

describe.concurrent('services that are loaded together', { timeout: 30_000 }, () => {
  test('start at one time, and end each with its own plan', async () => {
    const { url } = await server()
    const { run, snapshots } = groupOf([
      service('long', url, [users(2, 1.5 * SECOND, { thinkTime: { minUs: 20_000, maxUs: 20_000 } })]),
      service('short', url, [arrivals(100, 0.5 * SECOND), { warmup: { kind: 'duration', durationUs: 200_000 } }]),
    ])
    const [long, short] = await run
    expect(short!.series.outcomes).toMatchObject({ attempted: 50, good: 50 })
    expect(short!.data.totalUs).toBeLessThan(1.4 * SECOND)
    expect(long!.data.totalUs).toBeGreaterThan(1.4 * SECOND)
    expect(long!.data.steps[0]).toMatchObject({ startUs: 0, endUs: 1.5 * SECOND })
    expect(long!.validity.findings.map(({ cause }) => cause)).not.toContain('aborted')
    expect(snapshots.map((snapshot) => snapshot.service)).toContainEqual({ name: 'short', of: 2 })
  })

  test('all end when one of them is ended', async () => {
    const { url } = await server()
    const { group, active, run } = groupOf([
      service('a', url, [arrivals(20, 60 * SECOND)]),
      service('b', url, [users(1, 60 * SECOND, { thinkTime: { minUs: 20_000, maxUs: 20_000 } })]),
    ])
    await active.at('200ms')
    group.abort('the test is over')
    for (const { validity } of await run) {
      expect(validity.findings).toContainEqual(
        expect.objectContaining({ cause: 'aborted', message: expect.stringContaining('the test is over') }),
      )
    }
  })

  test('a server that is gone for two seconds recovers in the interval that is told; the other is untouched', async () => {
    const [web, other] = await Promise.all([server(), server()])
    const { active, run } = groupOf([
      service('web', web.url, [arrivals(50, 13.2 * SECOND)]),
      service('other', other.url, [arrivals(50, 13.2 * SECOND)]),
    ])
    const back = web.comeBackAfter(2000)
    await active.at('500ms')
    const killedUs = nowUs()
    await active.kill(web.pid)
    const outageMs = ((await back) - killedUs) / 1e3
    const [hit, untouched] = await run
    const [fault] = hit!.data.events
    expect(fault).toMatchObject({ kind: 'fault', name: 'SIGKILL' })
    expect(outageMs).toBeGreaterThan(2000)
    expect(hit!.lost.connection).toBeGreaterThan(80)
    expect(hit!.lost.total).toBe(hit!.lost.connection)
    // Known to a second: it is from 1.5 s to 2.5 s after a fault at 0.5 s, which took its time to happen.
    expect(hit).toRecoverWithin('2600ms')
    expect(hit).not.toRecoverWithin('1s')
    expect(() => expect(hit).toRecoverWithin('2s')).toThrow(
      /cannot judge: .*recovered between 1\.\d+ s and 2\.\d+ s after SIGKILL/,
    )
    // One whole second had no good answer; the two around it had some.
    expect(hit!.availability).toBeCloseTo(12 / 13, 6)
    expect([untouched!.availability, untouched!.lost.total]).toEqual([1, 0])
    expect(untouched).toRecoverWithin('1s')
  })
})
