import * as z from 'zod'

/*
 * The shape of the JSON report. It grows by fields that readers may ignore; anything else is a new `schemaVersion`. Objects
 * are open in the JSON Schema for that reason. Units are in names or descriptions; a missing value is null, never 0.
 */

const count = z.int().nonnegative()
const number = (description: string): z.ZodNumber => z.number().describe(description)
const orNull = (description: string): z.ZodNullable<z.ZodNumber> => z.number().nullable().describe(description)
const verdict = z.enum(['pass', 'weak', 'fail', 'inconclusive', 'invalid'])
const comparisonVerdict = z.enum(['REGRESSED', 'IMPROVED', 'OK', 'INCONCLUSIVE', 'INCOMPARABLE'])

const percentiles = z
  .looseObject({
    n: count,
    p50: z.number(),
    p90: z.number(),
    p95: z.number(),
    p99: z.number(),
    max: z.number(),
    mean: z.number(),
    sd: orNull('sample standard deviation; null below two values'),
  })
  .nullable()

const times = percentiles.describe('microseconds, of good requests; null where nothing was recorded')

const numbers = z.looseObject({
  windowUs: number('length of the measured windows, microseconds'),
  outcomes: z
    .looseObject({
      attempted: count,
      good: count,
      failedByKind: z.record(z.string(), count),
      dropped: count,
      missed: count,
      withinSlo: count.nullable(),
    })
    .describe('requests by outcome; attempted = good + failed + dropped + missed'),
  qps: orNull('good answers per second'),
  errorRate: orNull('(failed + dropped + missed) / attempted'),
  outputTokensPerSecond: orNull('generated tokens of good requests per second'),
  tokenSource: z.string().nullable().describe('who counted the tokens: usage is the server'),
  goodput: orNull('requests per second that met every limit of the SLO'),
  goodFraction: orNull('their share of all attempted'),
  tokenGoodput: orNull('generated tokens per second of requests that met the SLO'),
  latency: times.describe('from the intended start, microseconds'),
  serviceTime: times,
  ttft: times,
  tpot: times.describe('microseconds per token'),
  interChunkLatency: times,
})

const validity = z.looseObject({
  state: z.enum(['valid', 'suspect', 'invalid']),
  findings: z.array(
    z.looseObject({
      cause: z.string(),
      severity: z.enum(['suspect', 'invalid']),
      message: z.string(),
      advice: z.string(),
    }),
  ),
})

const claim = z.looseObject({
  matcher: z.string(),
  claim: z.string().describe('in words'),
  verdict,
  measured: z.string().describe('the value in words, with interval and n'),
  negated: z.boolean(),
  distance: z.string().optional(),
  notes: z.array(z.string()).optional(),
})

const specId = z.looseObject({ file: z.string(), path: z.array(z.string()), label: z.string() })
const named = z.looseObject({ name: z.string(), numbers })

const load = z.looseObject({
  loadId: z.string(),
  specId,
  title: z.string(),
  startedAt: z.iso.datetime(),
  profile: z.looseObject({ executor: z.string() }).describe('how load arrived'),
  verdict: verdict.nullable().describe('the worst of its claims; null without one'),
  validity,
  numbers,
  steps: z.array(
    z.looseObject({
      index: count,
      ratePerSecond: z.number().nullable(),
      users: z.number().nullable(),
      validity,
      numbers,
    }),
  ),
  requests: z.array(named).describe('parts of a mix, then named requests'),
  promptClasses: z.array(named),
  claims: z.array(claim),
  metrics: z
    .record(
      z.string(),
      z.looseObject({
        value: z.number(),
        lower: orNull('95 % interval'),
        upper: orNull('95 % interval'),
        n: count,
      }),
    )
    .describe('what history keeps, by metric, in its own unit: us, 1/s, share'),
  comparison: z
    .looseObject({
      verdict: comparisonVerdict,
      against: z.string(),
      metrics: z.array(
        z.looseObject({
          metric: z.string(),
          verdict: comparisonVerdict,
          current: z.number(),
          reference: z.number(),
          change: orNull('new / old - 1; of shares new - old; null from a reference of 0'),
          changeInterval: z.array(z.number().nullable()).nullable(),
        }),
      ),
      looks: z
        .looseObject({ made: count, planned: count })
        .optional()
        .describe("how often the load was repeated under onInconclusive: 'rerun', the first time included"),
      notes: z.array(z.string()),
    })
    .nullable(),
  trend: z
    .looseObject({
      metric: z.string(),
      points: z.array(
        z.looseObject({
          runId: z.string(),
          label: z.string(),
          startedAt: z.string(),
          value: z.number(),
          change: orNull('against the point before: new / old - 1'),
          cumulative: orNull('against the first point'),
          speedup: orNull('against the first point: above 1 is better'),
        }),
      ),
    })
    .nullable(),
  watched: z.array(
    z.looseObject({
      name: z.string(),
      kind: z.string(),
      metrics: z.array(
        z.looseObject({
          metric: z.string(),
          n: count,
          mean: orNull('over the measured windows'),
          p95: orNull('null where it is not known'),
          max: orNull('null where it is not known'),
          idle: orNull('mean before the load'),
        }),
      ),
    }),
  ),
  checks: z.record(z.string(), z.looseObject({ passed: count, failed: count })),
  availability: orNull('share of the seconds with a good answer; null without an event'),
  setup: z.looseObject({
    scenarios: z.array(z.string()),
    seed: z.number(),
    generators: count,
    environment: z.looseObject({ hard: z.record(z.string(), z.unknown()), soft: z.record(z.string(), z.unknown()) }),
  }),
})

/** The JSON report. */
export const REPORT_SCHEMA: z.ZodType = z
  .looseObject({
    $schema: z.string().optional(),
    schemaVersion: z.literal(1),
    project: z.string(),
    endedAt: z.iso.datetime(),
    toolVersion: z.string(),
    interrupted: z.boolean(),
    commonMode: z
      .looseObject({
        alike: count.describe('loads that moved that way'),
        of: count.describe('loads that could be compared'),
        change: number('median change of the median latency, current / reference - 1'),
      })
      .nullable()
      .describe('most loads moved alike: the machine has changed rather than each of them; null where they did not'),
    notes: z.array(z.string()),
    tests: z.array(
      z.looseObject({
        file: z.string().describe('absolute path'),
        name: z.string(),
        line: count.nullable(),
        state: z.enum(['passed', 'failed', 'skipped', 'pending']),
        verdict: verdict.nullable(),
        durationMs: z.number().nullable(),
        errors: z.array(z.string()),
        loads: z.array(load),
        procedures: z
          .array(z.looseObject({ kind: z.string(), specId, title: z.string(), end: z.string().nullable() }))
          .describe(
            'searches, sweeps, comparisons, cold starts, and tables that the test made (kind table: columns, rows)',
          ),
      }),
    ),
  })
  .describe('What one run of vitest-perf measured and judged')
