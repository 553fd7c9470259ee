import * as z from 'zod'
import type { HttpSink, PushgatewaySink, StatsdSink } from './domain/metric-sinks.ts'

/** An endpoint over HTTP that takes metrics. */
export interface HttpSinkOptions {
  /** A login before the `@` is sent as a header. */
  readonly url: string
  /** Sent with the metrics, such as an authorization; written nowhere. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A Pushgateway of Prometheus. */
export interface PushgatewayOptions extends HttpSinkOptions {
  /** @default the name of the Vitest project: 'perf' */
  readonly job?: string
  /**
   * Labels of the group beside `job` and `project`. A push replaces its group: shards, and machines that measure at once,
   * need a label that tells them apart. @default none
   */
  readonly labels?: Readonly<Record<string, string>>
}

/** A server of StatsD. */
export interface StatsdSinkOptions {
  /** `127.0.0.1:8125`; the port can be left out. */
  readonly address: string
  /** What names begin with. @default 'vitest_perf' */
  readonly prefix?: string
  /** Tags after DogStatsD in place of names that hold project, file and test. @default false */
  readonly tags?: boolean
}

const URL_FORM = "takes an address such as 'http://127.0.0.1:9091'"
const ADDRESS_FORM = "takes a host and a port such as '127.0.0.1:8125'"
const ADDRESS = /^(?:udp:\/\/)?(?:\[([\da-f:.]+)\]|([^\s:/@[\]]+))(?::(\d{1,5}))?$/i
const HEADER = /^[\w!#$%&'*+.^`|~-]+$/
// oxlint-disable-next-line no-control-regex -- these are what no header can hold
const HEADER_TEXT = /^[^\u0000-\u0008\u000A-\u001F\u007F\u0100-\uFFFF]*$/
const LABEL = /^(?!__|job$|project$|instance$)[a-z_]\w*$/i

const url = z.url({ protocol: /^https?$/, hostname: /./, error: URL_FORM })
const headers = z
  .record(z.string(), z.string().regex(HEADER_TEXT, 'takes texts of one line'), 'takes an object of texts')
  .refine((all) => Object.keys(all).every((name) => HEADER.test(name)), 'takes an object by names of headers')
  .optional()
const labels = z
  .record(z.string(), z.string(), 'takes an object of texts')
  .refine((all) => Object.keys(all).every((name) => LABEL.test(name)), 'takes labels but job, project and instance')
  .optional()
const text = z.string('takes a text').min(1, 'takes a text that is not empty')
const address = z.string(ADDRESS_FORM).refine((one) => addressOf(one) !== null, ADDRESS_FORM)
const prefix = z.string('takes a text').regex(/^[\w.-]+$/, 'takes letters, digits, dots, dashes and underscores')

/** The sink before the project is known, after which the job is named. */
export type PushgatewayChoice = Omit<PushgatewaySink, 'job'> & { readonly job: string | null }

/** Of the output `pushgateway`. */
export const PUSHGATEWAY: z.ZodType<PushgatewayChoice> = z
  .union(
    [
      url.transform((one): PushgatewayOptions => ({ url: one })),
      z.strictObject({ url, headers, job: text.optional(), labels }),
    ],
    `${URL_FORM}, or { url, headers?, job?, labels? }`,
  )
  .transform(({ job = null, labels = {}, ...endpoint }) => ({ ...httpSink(endpoint), job, labels }))

/** Of the output `otlp`. An address without the path of metrics gets it, as OTEL_EXPORTER_OTLP_ENDPOINT does. */
export const OTLP: z.ZodType<HttpSink> = z
  .union(
    [url.transform((one): HttpSinkOptions => ({ url: one })), z.strictObject({ url, headers })],
    `${URL_FORM}, or { url, headers? }`,
  )
  .transform((endpoint) => {
    const sink = httpSink(endpoint)
    const to = new URL(sink.url)
    if (!to.pathname.endsWith('/v1/metrics')) to.pathname = `${to.pathname.replace(/\/+$/, '')}/v1/metrics`
    return { ...sink, url: to.href }
  })

/** Of the output `statsd`. */
export const STATSD: z.ZodType<StatsdSink> = z
  .union(
    [
      address.transform((one): StatsdSinkOptions => ({ address: one })),
      z.strictObject({ address, prefix: prefix.optional(), tags: z.boolean('takes true or false').optional() }),
    ],
    `${ADDRESS_FORM}, or { address, prefix?, tags? }`,
  )
  .transform(({ address, prefix = 'vitest_perf', tags = false }) => ({ ...addressOf(address)!, prefix, tags }))

function addressOf(text: string): { host: string; port: number } | null {
  const [, six, host = six, port = '8125'] = ADDRESS.exec(text) ?? []
  return host === undefined || Number(port) < 1 || Number(port) > 65_535 ? null : { host, port: Number(port) }
}

function httpSink({ url, headers = {} }: { url: string; headers?: HttpSink['headers'] | undefined }): HttpSink {
  const address = new URL(url)
  const login = `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`
  address.username = address.password = ''
  return { url: address.href, headers: login === ':' ? headers : { authorization: `Basic ${btoa(login)}`, ...headers } }
}
