import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Subject } from '../domain/history.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import {
  type ModuleScenarioPlan,
  type RequestPlan,
  type ScenarioPlan,
  singlePlans,
  type SingleScenarioPlan,
  type UploadPlan,
} from '../domain/scenario.ts'
import { isSecretName } from '../domain/secret-name.ts'
import { canonical, digest } from './digest.ts'

/** Headers that differ from run to run or follow from the rest. */
const INCIDENTAL_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'user-agent',
  'content-length',
  'date',
  'idempotency-key',
  'traceparent',
  'tracestate',
  'x-request-id',
  'x-correlation-id',
])

/**
 * Digest of what is put on the target: requests, data and how load arrives. Two loads of one workload are comparable.
 *
 * Connections count as far as the target feels them: kept or not, how many, HTTP/1.1 or 2. Certificates, proxies and sockets
 * are ways to the same target and secrets besides. A form or file counts by its content, not by where it lies.
 *
 * Left out on purpose: the URL's scheme and authority (a random port is no difference), secrets, the model (it is the
 * subject of a comparison), the seed (another draw of the same process), the number of generators (it follows from the
 * machine), names, labels, and everything that only judges answers.
 * @param root directory that module paths are relative to
 */
export function workloadHash(plan: LoadPlan, root: string): string {
  const { profile, warmup, cooldownUs, gracefulStopUs } = plan
  const scenario = scenarioLoad(plan.scenario, root)
  // What a search has found is its result: what it asked is the workload.
  const load =
    plan.part === undefined
      ? { scenario, profile: arrivalsOf(profile), warmup, cooldownUs, gracefulStopUs }
      : { scenario, search: plan.part.question }
  return digest(JSON.stringify(canonical(load)), 16)
}

/** A trace is what its times are, wherever they were read from. */
function arrivalsOf(profile: LoadPlan['profile']): unknown {
  if (profile.executor !== 'trace-arrivals') return profile
  const { executor, digest: times, maxUsers, maxQueue } = profile
  return { executor, times, maxUsers, maxQueue }
}

/** Longest value that is shown as it is. */
const SHOWN = 200

/**
 * The workload part by part, with what else must be the same for two legs of one load. Of requests and long parts a digest
 * stands there: they are compared and not shown.
 */
export function workloadParts(plan: LoadPlan, root: string): Record<string, string> {
  const { profile, warmup, cooldownUs, gracefulStopUs, slo } = plan
  const parts = Object.entries({ ...(arrivalsOf(profile) as object), warmup, cooldownUs, gracefulStopUs, slo }).map(
    ([name, value]) => {
      const text = JSON.stringify(canonical(value)) ?? 'null'
      return [name, text.length <= SHOWN ? text : digest(text, 16)]
    },
  )
  const requests = digest(JSON.stringify(canonical(scenarioLoad(plan.scenario, root))), 16)
  return Object.fromEntries([...parts, ['requests', requests]]) as Record<string, string>
}

/** The model of a request to a language model, those of a mix in one text; empty where the plan does not tell. */
export function subjectOf(scenario: ScenarioPlan): Subject {
  const models = singlePlans(scenario).flatMap((plan) =>
    plan.kind === 'module' || plan.kind === 'http' || plan.kind === 'websocket' ? [] : (modelOf(plan) ?? []),
  )
  return models.length === 0 ? {} : { model: [...new Set(models)].join(', ') }
}

/** Named in the body, or in a field of a form. */
function modelOf({ body, upload }: RequestPlan): string | null {
  if (upload?.kind === 'multipart') return upload.parts.find(({ name }) => name === 'model')?.text ?? null
  return MODEL.exec(body ?? '')?.[1] ?? null
}

/** The first model of a body; it need not be JSON, because templates may stand in it unquoted. */
const MODEL = /"model(?:_id)?"\s*:\s*"((?:[^"\\]|\\.)*)"/

function scenarioLoad(scenario: ScenarioPlan, root: string): unknown {
  if (scenario.kind !== 'mix') return singleLoad(scenario, root)
  return { kind: 'mix', parts: scenario.parts.map(({ weight, plan }) => ({ weight, load: singleLoad(plan, root) })) }
}

function singleLoad(plan: SingleScenarioPlan, root: string): unknown {
  return plan.kind === 'module' ? moduleLoad(plan, root) : requestLoad(plan)
}

function moduleLoad({ kind, source, params }: ModuleScenarioPlan, root: string): unknown {
  return {
    kind,
    source: relative(root, fileURLToPath(source)).replaceAll('\\', '/'),
    params: withoutPlace(canonical(params)),
  }
}

function requestLoad(scenario: Exclude<SingleScenarioPlan, ModuleScenarioPlan>): unknown {
  const { kind, method, data, dataOrder = 'sequential', timeout, maxRedirects } = scenario
  return {
    // As it was called when there were no other models' APIs: what was recorded then stays comparable.
    kind: kind === 'model' ? 'openai' : kind,
    method,
    timeout,
    maxRedirects,
    // Where a file lies and what it is called is no difference.
    data: 'path' in data ? { digest: data.digest } : withoutPlace(canonical(data)),
    ...(dataOrder === 'sequential' ? {} : { dataOrder }),
    path: pathOf(scenario.url),
    headers: comparableHeaders(scenario),
    body:
      scenario.kind === 'model' || scenario.kind === 'speech'
        ? (scenario.body?.replace(MODEL, '"model":""') ?? null)
        : scenario.body,
    ...unusual(scenario),
    ...('conversation' in scenario ? { conversation: scenario.conversation } : {}),
    dialect: dialectOf(scenario),
  }
}

function dialectOf(scenario: Exclude<SingleScenarioPlan, ModuleScenarioPlan>): object | null {
  switch (scenario.kind) {
    case 'model':
      return { api: scenario.dialect.replace('openai.', ''), stream: scenario.stream }
    case 'websocket':
      return { protocols: scenario.protocols, greeting: scenario.greeting, receive: scenario.receive }
    default:
      return null
  }
}

/** Only what differs from the plain case: workloads that were recorded before there was a choice stay the same. */
function unusual({ kind, transport, upload }: Exclude<SingleScenarioPlan, ModuleScenarioPlan>): object {
  const { http2, keepAlive, maxConnections } = transport
  const connections = {
    ...(http2 && { http2 }),
    ...(!keepAlive && { keepAlive }),
    ...(maxConnections !== null && { maxConnections }),
  }
  return {
    ...(Object.keys(connections).length > 0 && { connections }),
    ...(upload !== undefined && { upload: uploadLoad(upload, kind === 'transcription') }),
  }
}

function uploadLoad(upload: UploadPlan, withoutModel: boolean): unknown {
  if (upload.kind === 'file') return { digest: upload.digest }
  const parts = upload.parts
    .filter(({ name }) => !withoutModel || name !== 'model')
    .map(({ path, ...part }) => ({ ...part, file: path !== null }))
  return { digest: upload.digest, parts }
}

/** Works on templates too, which a URL parser would reject or escape. */
function pathOf(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const [before, query] = [path.split('?', 1)[0]!, path.includes('?') ? path.slice(path.indexOf('?') + 1) : '']
  const parameters = query
    .split('&')
    .filter((parameter) => parameter !== '' && !isSecretName(parameter.split('=', 1)[0]!))
  return [before === '' ? '/' : before, ...parameters].join('&')
}

function comparableHeaders({ headers }: RequestPlan): Record<string, string> {
  const named = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value])
  return Object.fromEntries(named.filter(([name]) => !INCIDENTAL_HEADERS.has(name) && !isSecretName(name)))
}

/** Rows or parameters without secrets, and with addresses cut to their paths: `server()` has a new port in each run. */
function withoutPlace(value: unknown): unknown {
  if (typeof value === 'string') return /^(https?|wss?):\/\//i.test(value) ? pathOf(value) : value
  if (Array.isArray(value)) return value.map(withoutPlace)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => !isSecretName(name))
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutPlace(inner)]))
}
