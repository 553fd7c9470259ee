import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelScenarioPlan } from '../../../src/domain/scenario.ts'
import type { Client } from '../../../src/domain/transport-plan.ts'
import { LoadRecords } from '../../../src/generator/load-records.ts'
import { UserConnections } from '../../../src/generator/client/user-connections.ts'
import { Recorder } from '../../../src/generator/recorder.ts'
import { rehearse } from '../../../src/generator/rehearsal.ts'
import { RequestIterations } from '../../../src/generator/request-iterations.ts'
import { compileScenario } from '../../../src/scenarios/compile.ts'
import type { RequestScenario, ResponseReader } from '../../../src/scenarios/exchange.ts'
import { openai } from '../../../src/scenarios/openai.ts'
import { runBareStreams } from './bare-streams.ts'
import { quantiles, stampErrors } from './stream-stamps.ts'

/** What the process of the streams is to do. */
export interface StreamTask {
  readonly url: string
  /** `bare`: Node's own sockets, nothing of the engine. */
  readonly client: Exclude<Client, 'auto'> | 'bare'
  readonly streams: number
  /** Before anything is measured, and measured. */
  readonly leadMs: number
  readonly ms: number
  /** Whether to compare arrival stamps with the server's; reading the server's costs time of its own. */
  readonly stamps: boolean
}

/** What it saw in the measured time. */
export interface StreamResult {
  readonly tokens: number
  readonly cpuUs: number
  /** Arrival stamp less the server's, microseconds: p50, p90, p99, max; empty without stamps. */
  readonly errorsUs: readonly number[]
}

/** Keeps streams running, with everything of the engine between socket and recorder, and measures. */
export async function runStreams(task: StreamTask, clockUs: () => number): Promise<StreamResult> {
  const { url, client, streams, leadMs, ms } = task
  if (client === 'bare') return await runBareStreams(task, clockUs)
  const chat = openai.chat({ baseUrl: url, model: 'bench', messages: [{ role: 'user', content: 'go' }], client })
  const plan = chat.plan() as ModelScenarioPlan
  await rehearse(clockUs, plan)
  const recorder = new Recorder({ windowAt: () => 0, openLoad: false, slo: null })
  const records = new LoadRecords('bench', recorder, clockUs)
  const errors: number[] = []
  let measuring = false
  const scenario = await compileScenario(plan)
  const watched: RequestScenario = task.stamps
    ? {
        ...scenario,
        prepare: (k, user) => scenario.prepare(k, user),
        reader: (sink, keep) => stamped(scenario.reader(sink, keep), (us) => measuring && errors.push(us)),
      }
    : scenario
  const iterations = new RequestIterations(watched, records, (error) => {
    throw error
  })
  let over = false
  const again = (user: number, connections: UserConnections): void => {
    if (over) return
    const atUs = clockUs()
    iterations.start({ k: user, user, connections, scheduledAt: atUs, dispatchedAt: atUs }, () =>
      again(user, connections),
    )
  }
  for (let user = 0; user < streams; user++) {
    again(user, new UserConnections(clockUs))
    // Spread over one gap of 20 ms, as streams of different users are.
    if (user % Math.ceil(streams / 20) === 0) await sleep(1)
  }
  const drain = (): number =>
    recorder.drain().buckets.reduce((sum, { outputTokens }) => sum + Math.max(0, outputTokens), 0)
  await sleep(leadMs)
  drain()
  measuring = true
  const before = process.cpuUsage()
  let tokens = 0
  // Once a second, as a generator reports.
  for (const endsAt = clockUs() + ms * 1e3; clockUs() < endsAt;) {
    await sleep(Math.min(1000, Math.max(1, (endsAt - clockUs()) / 1e3)))
    tokens += drain()
  }
  const { user, system } = process.cpuUsage(before)
  measuring = false
  over = true
  return { tokens, cpuUs: user + system, errorsUs: quantiles(errors) }
}

/** The same reader; every stamp of the server is compared with the time at which the engine says that it was read. */
function stamped(inner: ResponseReader, error: (us: number) => void): ResponseReader {
  return new Proxy(inner, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      if (key !== 'data') return member.bind(target) as unknown
      return (chunk: Buffer, atUs: number): void => {
        stampErrors(chunk, atUs, error)
        target.data(chunk, atUs)
      }
    },
  })
}
