import { afterEach } from 'vitest'
import type { Observation } from '../../src/domain/observation.ts'
import type { HttpScenarioPlan, ModelScenarioPlan } from '../../src/domain/scenario.ts'
import { RequestRun } from '../../src/generator/request-run.ts'
import { TimeLimits } from '../../src/generator/time-limits.ts'
import { UserConnections } from '../../src/generator/client/user-connections.ts'
import { compileScenario } from '../../src/scenarios/compile.ts'
import { httpScenario } from './load-plan.ts'
import { ScriptedServer } from './scripted-server.ts'

/** A complete small answer. */
export const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

const now = (): number => Math.floor(performance.now() * 1000)

/** How one request went. */
export interface Sent {
  readonly observation: Observation
  readonly events: readonly string[]
  readonly run: RequestRun
}

/** Servers and single requests of one test file; everything is closed after each test. */
export interface RequestBench {
  readonly newUser: () => UserConnections
  readonly serve: (...script: Parameters<typeof ScriptedServer.start>) => Promise<ScriptedServer>
  readonly cleanup: (callback: () => unknown) => void
}

export function requestBench(): RequestBench {
  const connections: UserConnections[] = []
  const cleanups: (() => unknown)[] = []
  afterEach(async () => {
    for (const user of connections.splice(0)) user.close()
    for (const callback of cleanups.splice(0).toReversed()) await callback()
  })
  return {
    newUser: () => {
      const user = new UserConnections(now)
      connections.push(user)
      return user
    },
    serve: async (...script) => {
      const server = await ScriptedServer.start(...script)
      cleanups.push(() => server.stop())
      return server
    },
    cleanup: (callback) => void cleanups.push(callback),
  }
}

/** Sends one request to its end. @param during called once it is under way */
export async function send(
  user: UserConnections,
  url: string,
  changes: Partial<HttpScenarioPlan> = {},
  during?: (run: RequestRun) => void,
): Promise<Sent> {
  const scenario = await compileScenario(httpScenario(url, changes))
  const events: string[] = []
  const atUs = now()
  return new Promise((resolve) => {
    const run: RequestRun = new RequestRun(
      {
        prepared: scenario.prepare(0),
        reader: (sink) => scenario.reader(sink, 1000),
        connections: user,
        scheduledAt: atUs,
        dispatchedAt: atUs,
        limits: new TimeLimits(now),
        now,
      },
      {
        sent: () => events.push('sent'),
        bytes: (_atUs, count) => events.push(`${count} bytes`),
        delta: () => events.push('delta'),
        // A second end would show in the list.
        ended: ({ observation }) => {
          events.push('ended')
          setTimeout(() => resolve({ observation, events, run }), 20)
        },
      },
    )
    run.dispatch()
    during?.(run)
  })
}

/** Sends one request of a plan and waits for its end. */
export async function observed(user: UserConnections, plan: ModelScenarioPlan): Promise<Observation> {
  const scenario = await compileScenario(plan)
  const atUs = now()
  return new Promise((resolve) => {
    const nothing = (): void => {}
    const events = {
      sent: nothing,
      bytes: nothing,
      delta: nothing,
      ended: ({ observation }: { observation: Observation }) => resolve(observation),
    }
    new RequestRun(
      {
        prepared: scenario.prepare(0),
        reader: (sink) => scenario.reader(sink, 0),
        connections: user,
        scheduledAt: atUs,
        dispatchedAt: atUs,
        limits: new TimeLimits(now),
        now,
      },
      events,
    ).dispatch()
  })
}
