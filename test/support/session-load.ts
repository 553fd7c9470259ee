import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll } from 'vitest'
import type { LoadPlan } from '../../src/domain/load-plan.ts'
import type { ModuleScenarioPlan } from '../../src/domain/scenario.ts'
import { Session } from '../../src/generator/session.ts'
import { Aggregator } from '../../src/measure/aggregator.ts'
import { Measurement } from '../../src/measure/measurement.ts'
import type { GeneratorReport } from '../../src/pool/protocol.ts'
import { nowUs } from './generator-fork.ts'

/** What a load in this process came to. */
export interface SessionLoad {
  readonly run: Measurement
  /** What the scenario threw, as messages. */
  readonly scenarioErrors: readonly string[]
}

const health = {
  read: () => ({ cpuShare: 0, loopDelay: null, rssBytes: 0, clockOffsetUs: 0 }),
}

/** Runs a plan on as many generators as it asks for, all in this process: real requests, no forks. */
export async function sessionLoad(plan: LoadPlan): Promise<SessionLoad> {
  const reports: GeneratorReport[] = []
  const parts = Array.from({ length: plan.generators }, (_, index) => ({ index, count: plan.generators }))
  let over = (): void => {}
  const ended = new Promise<void>((resolve) => (over = resolve))
  let running = parts.length
  const sessions = parts.map(
    (part) =>
      new Session({
        plan,
        part,
        clockUs: nowUs,
        health,
        send: (report) => {
          reports.push(report)
          if (report.kind === 'delta' && report.final && --running === 0) over()
        },
      }),
  )
  for (const session of sessions) await session.prepare()
  const startUs = nowUs() + 5000
  for (const session of sessions) session.go(startUs)
  await ended
  const aggregator = new Aggregator(plan)
  const deltas = reports.filter((report) => report.kind === 'delta')
  for (const delta of deltas) aggregator.add(delta)
  const end = {
    runId: '',
    specId: { file: '', path: [], label: '' },
    startedAt: '',
    totalUs: Math.max(...deltas.map(({ atUs }) => atUs)),
    aborted: null,
  }
  const errors = reports.flatMap((report) => (report.kind === 'scenario-error' ? [report.error.message] : []))
  return { run: new Measurement(aggregator.finish(end)), scenarioErrors: errors }
}

/** Servers and files of one test file, gone with it. */
export interface SessionBench {
  readonly serve: (listener: RequestListener) => Promise<string>
  /** Writes a file of its own. @returns its path */
  readonly write: (ending: string, content: string) => string
  /** A scenario module as a plan; its source is JavaScript. */
  readonly module: (name: string, source: string, params?: unknown) => ModuleScenarioPlan
}

export function sessionBench(): SessionBench {
  let folder = ''
  let files = 0
  const servers: Server[] = []
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'vitest-perf-session-'))))
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
    for (const server of servers) server.close().closeAllConnections()
  })
  const write = (ending: string, content: string): string => {
    const path = join(folder, `file-${files++}.${ending}`)
    writeFileSync(path, content)
    return path
  }
  return {
    serve: async (listener) => {
      const server = createServer(listener)
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      return `http://127.0.0.1:${typeof address === 'object' ? address!.port : 0}`
    },
    write,
    module: (name, source, params = {}) => {
      const bundle = pathToFileURL(write('mjs', source)).href
      return { kind: 'module', name, source: bundle, params, bundle }
    },
  }
}
