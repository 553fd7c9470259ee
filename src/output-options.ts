import * as z from 'zod'
import { type Share, SHARE_FORM, shareOf } from './domain/quantity.ts'
import type { HttpSink, MetricSinks, StatsdSink } from './domain/metric-sinks.ts'
import {
  type HttpSinkOptions,
  OTLP,
  PUSHGATEWAY,
  type PushgatewayChoice,
  type PushgatewayOptions,
  STATSD,
  type StatsdSinkOptions,
} from './metric-sink-options.ts'

/** Rows of requests. */
export interface RequestRowsOptions {
  /** Directory of the files. @default 'requests' in `dir` of the project */
  readonly directory?: string
  /** Part of the requests that get a row, drawn by chance: '1%'. @default '100%' */
  readonly share?: Share
}

/** What a run writes beside history. Paths are relative to the root, or absolute; directories are made. */
export interface OutputOptions {
  /** The HTML report: one file that needs no network. @default true: 'report.html' in `dir` */
  readonly html?: string | boolean
  /** Markdown for pull requests. @default false */
  readonly markdown?: string | false
  /** Everything but seconds, after `vitest-perf/report.schema.json`. @default false */
  readonly json?: string | false
  /** JUnit XML with the numbers of loads as properties. @default false */
  readonly junit?: string | false
  /** A row for each second of each load; samples of what was watched in a file beside it, `-watched`. @default false */
  readonly csv?: string | false
  /** The same as lines of JSON, seconds and samples in one file. @default false */
  readonly ndjson?: string | false
  /** Metrics of each load in OpenMetrics; `*.prom` in the directory that node_exporter's textfile collector reads. @default false */
  readonly openmetrics?: string | false
  /** The same metrics, pushed to a Pushgateway when the run has ended. @default nowhere */
  readonly pushgateway?: string | PushgatewayOptions
  /** The same metrics over OTLP/HTTP in JSON; without it, `/v1/metrics` is put after the address. @default nowhere */
  readonly otlp?: string | HttpSinkOptions
  /** The same metrics as gauges of StatsD over UDP: `127.0.0.1:8125`. @default nowhere */
  readonly statsd?: string | StatsdSinkOptions
  /**
   * A line of JSON for each request of each load, written while it runs: `true` for `requests` in `dir`, a directory, or a
   * share of the requests. @default false
   */
  readonly requests?: boolean | string | RequestRowsOptions
  /** On GitHub Actions: annotations, and the Markdown in the job's summary. @default true */
  readonly github?: boolean
}

const file = z.union([z.string().min(1), z.literal(false)], 'takes a path, or false').optional()

const share = z.custom<Share>((input) => (shareOf(input) ?? 0) > 0, `takes ${SHARE_FORM}, over 0`).optional()

const SHAPE = {
  html: z.union([z.string().min(1), z.boolean()], 'takes a path, true or false').optional(),
  markdown: file,
  json: file,
  junit: file,
  csv: file,
  ndjson: file,
  openmetrics: file,
  pushgateway: PUSHGATEWAY.optional(),
  otlp: OTLP.optional(),
  statsd: STATSD.optional(),
  requests: z
    .union(
      [z.boolean(), z.string().min(1), z.strictObject({ directory: z.string().min(1).optional(), share })],
      'takes true, false, a directory or { directory?, share? }',
    )
    .optional(),
  github: z.boolean('takes true or false').optional(),
}

const schema = z
  .strictObject(SHAPE, `takes an object of ${Object.keys(SHAPE).join(', ')}`)
  .superRefine((options, context) => {
    const paths = Object.entries(options).filter(([, path]) => typeof path === 'string')
    const [name] = paths.find(([, path], i) => paths.findIndex(([, one]) => one === path) < i) ?? []
    if (name !== undefined)
      context.addIssue({ code: 'custom', path: [name], message: 'takes a path that no other output has' })
  })

/** The options with their sinks read. */
export interface ReadOutputs extends Omit<OutputOptions, keyof MetricSinks> {
  readonly pushgateway?: PushgatewayChoice
  readonly otlp?: HttpSink
  readonly statsd?: StatsdSink
}

export const OUTPUTS: z.ZodType<ReadOutputs> = schema as z.ZodType<ReadOutputs>

type FileName = 'html' | 'markdown' | 'json' | 'junit' | 'csv' | 'ndjson' | 'openmetrics'

/** Paths of what is written, as asked for; `null` for what is not. */
export type OutputPaths = Readonly<Record<FileName, string | null>> & {
  readonly github: boolean
  /** Files with a line for each request; the directory may be relative to the root. */
  readonly requests: { readonly directory: string; readonly share: number } | null
  readonly sinks: MetricSinks
}

/**
 * Where everything goes.
 * @param dir directory of baselines and history
 * @param project name of the Vitest project: several in one config do not overwrite each other's reports
 */
export function outputPaths(options: ReadOutputs, dir: string, project: string): OutputPaths {
  const { html = true, github = true, pushgateway = null } = options
  const base = `${dir}/report${project === 'perf' ? '' : `-${project.replaceAll(/[^\w.-]+/g, '-')}`}`
  const asked = (path: string | false | undefined): string | null => (typeof path === 'string' ? path : null)
  return {
    html: html === true ? `${base}.html` : asked(html),
    markdown: asked(options.markdown),
    json: asked(options.json),
    junit: asked(options.junit),
    csv: asked(options.csv),
    ndjson: asked(options.ndjson),
    openmetrics: asked(options.openmetrics),
    github,
    requests: requestRows(options.requests ?? false, `${dir}/requests`),
    sinks: {
      pushgateway: pushgateway === null ? null : { ...pushgateway, job: pushgateway.job ?? project },
      otlp: options.otlp ?? null,
      statsd: options.statsd ?? null,
    },
  }
}

function requestRows(asked: NonNullable<ReadOutputs['requests']>, directory: string): OutputPaths['requests'] {
  if (asked === false) return null
  if (typeof asked !== 'object') return { directory: asked === true ? directory : asked, share: 1 }
  return { directory: asked.directory ?? directory, share: shareOf(asked.share) ?? 1 }
}
