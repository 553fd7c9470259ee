import { isUtf8 } from 'node:buffer'
import { LoadError } from '../domain/load-error.ts'
import type { Observation } from '../domain/observation.ts'
import {
  type ModuleScenarioPlan,
  type ScenarioPlan,
  singlePlans,
  type SingleScenarioPlan,
  type WebSocketScenarioPlan,
} from '../domain/scenario.ts'
import { type Exchange, OUTSIDE_WINDOWS } from '../pool/protocol.ts'
import { compileScenario, compileWebSocket } from '../scenarios/compile.ts'
import { compileConversation, isConversation } from '../scenarios/conversation-calls.ts'
import { KEPT_FOR_PEOPLE, type PreparedRequest } from '../scenarios/exchange.ts'
import { redactBody, redactHeaders, redactText, redactUrl } from '../scenarios/redact.ts'
import type { IterationStart } from './iterations.ts'
import { conversationModule } from './conversation-module.ts'
import { LoadRecords } from './load-records.ts'
import { type LoadedModule, loadModule, newSession } from './module-iterations.ts'
import { ModuleRun } from './module-run.ts'
import { ModuleTask } from './module-task.ts'
import { RequestNames } from './request-names.ts'
import { Recorder } from './recorder.ts'
import { RequestRun } from './request-run.ts'
import { TimeLimits } from './time-limits.ts'
import { WebSocketRun } from './websocket-run.ts'
import { UserConnections } from './client/user-connections.ts'

/**
 * Sends the first request of a scenario, or runs a scenario module once and takes its last request, and tells what
 * went over the wire, without secrets. Of a mix that is its first part.
 * @param clockUs monotonic clock, microseconds
 * @throws LoadError `scenario-failed` when a module sends no request; whatever the module itself throws
 */
export async function exchangeOnce(scenario: ScenarioPlan, clockUs: () => number): Promise<Exchange> {
  return withExchanges(scenario, clockUs, (exchange) => exchange(0))
}

/**
 * Lets `work` send requests of a scenario as one user would, over connections that are kept.
 * @param work gets a function that sends request k, from 0
 * @throws as {@link exchangeOnce}
 */
export async function withExchanges<Result>(
  scenario: ScenarioPlan,
  clockUs: () => number,
  work: (exchange: (k: number) => Promise<Exchange>) => Promise<Result>,
): Promise<Result> {
  const plan = singlePlans(scenario)[0]!
  const startUs = clockUs()
  const now = (): number => clockUs() - startUs
  const connections = new UserConnections(now)
  try {
    return await work(async (k) => {
      const atUs = now()
      const start = { k, user: 0, connections, scheduledAt: atUs, dispatchedAt: atUs }
      switch (plan.kind) {
        case 'module':
          return lastOfModule(plan.name, await loadModule(plan), start, now)
        case 'websocket':
          return onlyWebSocket(plan, start, now)
        default:
          if (!isConversation(plan)) return onlyRequest(plan, start, now)
          return lastOfModule(
            plan.name,
            conversationModule(await compileConversation(plan), new RequestNames(), ''),
            start,
            now,
          )
      }
    })
  } finally {
    connections.close()
  }
}

async function onlyRequest(
  plan: Exclude<SingleScenarioPlan, ModuleScenarioPlan | WebSocketScenarioPlan>,
  start: IterationStart,
  now: () => number,
): Promise<Exchange> {
  const scenario = await compileScenario(plan)
  const prepared = scenario.prepare(start.k, start.user)
  const atUs = now()
  return new Promise((resolve) => {
    const run: RequestRun = new RequestRun(
      {
        ...start,
        prepared,
        reader: (sink) => scenario.reader(sink, KEPT_FOR_PEOPLE, prepared),
        scheduledAt: atUs,
        dispatchedAt: atUs,
        limits: new TimeLimits(now),
        now,
      },
      {
        sent: () => {},
        bytes: () => {},
        delta: () => {},
        ended: ({ observation }) => resolve(exchangeOf(run, run.reader.text(), observation)),
      },
    )
    run.dispatch()
  })
}

/** The messages sent and received stand for the bodies. */
async function onlyWebSocket(plan: WebSocketScenarioPlan, start: IterationStart, now: () => number): Promise<Exchange> {
  const prepared = compileWebSocket(plan)(start.k, start.user)
  const atUs = now()
  return new Promise((resolve) => {
    const run: WebSocketRun = new WebSocketRun(
      { plan, prepared, scheduledAt: atUs, dispatchedAt: atUs, now },
      {
        sent: () => {},
        bytes: () => {},
        measured: ({ observation }) => resolve(exchangeOf(run, run.text(), observation)),
        closed: () => {},
      },
    )
  })
}

async function lastOfModule(
  name: string,
  module: LoadedModule,
  start: IterationStart,
  now: () => number,
): Promise<Exchange> {
  const windowAt = (): number => OUTSIDE_WINDOWS
  const records = new LoadRecords(name, new Recorder({ windowAt, openLoad: false, slo: null }), now)
  const session = newSession(module, start.user, start.connections)
  const entering = new ModuleTask(module, records, session, null)
  const entered = await entering.run((context) => module.hooks.onStart?.(context))
  if ('thrown' in entered) throw entered.thrown
  const run = new ModuleRun(module, records, start, session)
  const error = entered.failure === null ? await run.run() : null
  if (error !== null) throw error.thrown
  const last = run.calls.at(-1) ?? entering.calls.at(-1)
  if (last === undefined) throw new LoadError('scenario-failed', `scenario '${name}' sent no request`)
  return exchangeOf(last.run, last.run.reader.text(), last.request.observation)
}

function exchangeOf(
  { request, status, headers }: Pick<RequestRun, 'request' | 'status' | 'headers'>,
  text: string,
  observation: Observation,
): Exchange {
  const { failure, dispatchedAt, sentAt, firstByteAt, firstDeltaAt, endedAt } = observation
  const sent: Record<string, string> = {}
  for (let i = 0; i < request.headers.length; i += 2) sent[request.headers[i]!] = request.headers[i + 1]!
  const received = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ])
  const ms = (fromUs: number | null, toUs: number | null): number | null =>
    fromUs === null || toUs === null ? null : (toUs - fromUs) / 1e3
  return {
    request: {
      method: request.method,
      url: redactUrl(request.origin + request.path),
      headers: redactHeaders(sent),
      body: bodyText(request.body),
    },
    response:
      status === 0
        ? null
        : {
            status,
            headers: redactHeaders(Object.fromEntries(received) as Record<string, string>),
            body: cut(redactBody(text)),
          },
    failure: failure === null ? null : { ...failure, message: redactText(failure.message) },
    timings: {
      connect: ms(dispatchedAt, sentAt),
      firstByte: ms(sentAt, firstByteAt),
      ttft: ms(sentAt, firstDeltaAt),
      total: ms(dispatchedAt, endedAt),
    },
  }
}

/** Bodies that are no text are shown as their size. */
function bodyText(body: PreparedRequest['body']): string | null {
  if (body === null) return null
  if (!Buffer.isBuffer(body)) return String(body)
  return isUtf8(body) ? cut(redactBody(body.toString('utf8'))) : `[${body.length} bytes]`
}

function cut(text: string): string {
  return text.length > KEPT_FOR_PEOPLE ? `${text.slice(0, KEPT_FOR_PEOPLE)}...` : text
}
