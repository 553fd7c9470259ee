import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpSink, MetricSinks, PushgatewaySink, StatsdSink } from '../../src/domain/metric-sinks.ts'
import type { Written } from '../output-files.ts'
import type { RunReport } from '../spec-result.ts'
import { openMetricsText } from './openmetrics-text.ts'
import { otlpJson } from './otlp-json.ts'
import { statsdDatagrams } from './statsd-lines.ts'

/** All that a sink gets; all of them are sent to at once. */
const LIMIT_MS = 5000

/**
 * Sends a run's metrics to every sink. Never throws: a sink that is down, slow or refuses costs the reader one line. Of
 * addresses only the host is told: paths and queries hold keys.
 * @param limitMs how long any of them may take
 */
export async function pushMetrics(report: RunReport, sinks: MetricSinks, limitMs: number = LIMIT_MS): Promise<Written> {
  const { pushgateway, otlp, statsd } = sinks
  const sent = await Promise.all([
    ...(pushgateway === null
      ? []
      : [outcome(`Pushgateway ${hostOf(pushgateway)}`, toPushgateway(report, pushgateway, limitMs))]),
    ...(otlp === null ? [] : [outcome(`OTLP ${hostOf(otlp)}`, toOtlp(report, otlp, limitMs))]),
    ...(statsd === null ? [] : [outcome(`StatsD ${statsd.host}:${statsd.port}`, toStatsd(report, statsd, limitMs))]),
  ])
  return {
    paths: sent.flatMap(({ name, problem }) => (problem === null ? [name] : [])),
    notes: sent.flatMap(({ name, problem }) => (problem === null ? [] : [`no metrics to ${name}: ${problem}`])),
  }
}

async function outcome(
  name: string,
  sending: Promise<string | null>,
): Promise<{ name: string; problem: string | null }> {
  return { name, problem: await sending.catch(problemOf) }
}

/** PUT replaces the group: series of tests that are gone do not stay for ever. */
async function toPushgateway(report: RunReport, sink: PushgatewaySink, limitMs: number): Promise<string | null> {
  const address = new URL(sink.url)
  const group = Object.entries({ job: sink.job, project: report.project, ...sink.labels }).map(groupPart)
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/metrics${group.join('')}`
  const answer = await send(address, sink, limitMs, {
    method: 'PUT',
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: openMetricsText(report),
  })
  return answer.problem
}

/** Texts with a slash, and empty ones, are no part of a path. */
function groupPart([name, value]: readonly [string, string]): string {
  if (value !== '' && !value.includes('/')) return `/${name}/${encodeURIComponent(value)}`
  return `/${name}@base64/${value === '' ? '=' : Buffer.from(value).toString('base64url')}`
}

async function toOtlp(report: RunReport, sink: HttpSink, limitMs: number): Promise<string | null> {
  const answer = await send(new URL(sink.url), sink, limitMs, {
    method: 'POST',
    type: 'application/json',
    body: otlpJson(report),
  })
  if (answer.problem !== null) return answer.problem
  const rejected = rejectedPoints(answer.text)
  return rejected === 0 ? null : `it took the metrics and refused ${rejected} of their values`
}

/** @see https://opentelemetry.io/docs/specs/otlp/#partial-success-1 */
function rejectedPoints(text: string): number {
  try {
    const answer = JSON.parse(text) as { partialSuccess?: { rejectedDataPoints?: unknown } } | null
    const rejected = Number(answer?.partialSuccess?.rejectedDataPoints ?? 0)
    return Number.isSafeInteger(rejected) ? rejected : 0
  } catch {
    return 0
  }
}

interface Body {
  readonly method: 'PUT' | 'POST'
  readonly type: string
  readonly body: string
}

/** Answers are small; what a wrong server sends is not read to its end. */
const MOST_CHARACTERS = 65_536

async function send(
  url: URL,
  { headers }: HttpSink,
  limitMs: number,
  { method, type, body }: Body,
): Promise<{ problem: string | null; text: string }> {
  const response = await fetch(url, {
    method,
    body,
    headers: { ...headers, 'content-type': type },
    // A redirection would carry headers of the user's elsewhere.
    redirect: 'manual',
    signal: AbortSignal.timeout(limitMs),
  })
  if (!response.ok) {
    await response.body?.cancel()
    return { problem: `it answers ${response.status}`, text: '' }
  }
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (text.length > MOST_CHARACTERS) break
  }
  return { problem: null, text }
}

/** How long a host may take to say that nobody listens on a port. */
const REFUSAL_MS = 50

/** UDP tells nobody whether it came; a name that is not known, and a near port where nobody listens, are told. */
async function toStatsd(report: RunReport, { host, port, ...naming }: StatsdSink, limitMs: number): Promise<null> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  const limit = new AbortController()
  try {
    const failed = new Promise<never>((_resolve, reject) => socket.once('error', reject))
    const late = sleep(limitMs, undefined, limit).then(() => Promise.reject(new DOMException('', 'TimeoutError')))
    await Promise.race([sendAll(), failed, late])
    return null
  } finally {
    limit.abort()
    socket.close()
  }

  async function sendAll(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      socket.connect(port, host, (error?: Error) => (error == null ? resolve() : reject(error)))
    })
    for (const datagram of statsdDatagrams(report, naming)) {
      await new Promise<void>((resolve, reject) => {
        socket.send(datagram, (error) => (error === null ? resolve() : reject(error)))
      })
    }
    await sleep(REFUSAL_MS)
  }
}

function hostOf({ url }: HttpSink): string {
  return new URL(url).host
}

/** A few words, none of them of a server or of the address. */
function problemOf(error: unknown): string {
  const { name, code, cause } = error as { name?: unknown; code?: unknown; cause?: { code?: unknown } }
  if (name === 'TimeoutError') return 'no answer in time'
  const reason = code ?? cause?.code
  return typeof reason === 'string' ? `it cannot be reached (${reason})` : 'it cannot be reached'
}
