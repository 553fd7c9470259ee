import type { HistoryPoint, RecordedMetrics, Reference } from '../domain/history.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { MeasurementData, SeriesData } from '../domain/measurement.ts'
import type { RecordedMetricId } from '../domain/metric.ts'
import type { LoadNumbers, LoadSummary, RequestSummary } from '../domain/perf-meta.ts'
import { singlePlans } from '../domain/scenario.ts'
import { errorRate, goodFraction, goodput, outputTokensPerSecond, qps, tokenGoodput } from '../domain/series-rates.ts'
import type { ExpectationRecord } from '../domain/verdict.ts'
import { availability } from '../measure/availability.ts'
import { counterNames, counterOf } from '../measure/counter.ts'
import { audioNumbers } from './audio-numbers.ts'
import { compareOptionsOf, compareWithReference } from './compare.ts'
import { distributionShapes } from './distribution-shape.ts'
import { loadCourse } from './load-course.ts'
import { loadFindings } from './findings/load-findings.ts'
import { percentileSummary } from './percentile-summary.ts'
import { implausiblyFast } from './implausible.ts'
import { jointRun } from './joint-run.ts'
import { recordedMetrics } from './recorded-metrics.ts'
import { stageBreakdown } from './stage-breakdown.ts'
import { trendOf } from './trend.ts'
import { watchedSummaries } from './watched-summary.ts'

/** What a test says about one of its loads. An invalid measurement is shown, but neither compared nor put on the trend. */
export function loadSummary(
  data: MeasurementData,
  reference: Reference,
  expectations: readonly ExpectationRecord[],
  /** What earlier looks at the same load recorded, which counts together with it. */
  before: readonly RecordedMetrics[] = [],
): LoadSummary {
  const { plan, specId, startedAt, validity } = data
  const metrics = recordedMetrics(data)
  const implausible = validity.state === 'invalid' ? null : implausiblyFast(metrics, reference)
  const windowUs = data.steps[0]?.startUs ?? 0
  const judgeable = validity.state !== 'invalid'
  const first = reference.baseline === null && reference.otherBaseline === null && reference.history.length === 0
  const trend = judgeable ? trendOf(reference, currentPoint(data, reference, metrics), trendMetric(plan)) : null
  return {
    loadId: plan.id,
    specId,
    label: plan.label,
    title: [
      specId.path.at(-1) ?? specId.file,
      ...(plan.label === '' ? [] : [plan.label]),
      ...(plan.look === undefined || plan.look.index === 1 ? [] : [`look ${plan.look.index}`]),
    ].join(' · '),
    ...(plan.look === undefined ? {} : { look: plan.look }),
    startedAt,
    profile: plan.profile,
    warmup: plan.warmup,
    validity,
    numbers: numbersOf(data.series, data),
    steps:
      data.steps.length < 2
        ? []
        : data.steps.map((step) => ({
            index: step.index,
            ratePerSecond: step.ratePerSecond,
            users: step.users,
            validity: step.validity,
            // Failures are kept for the whole load: which step they fell in is not known.
            numbers: { ...numbersOf(step.series, data), frequentError: null },
          })),
    isMix: plan.scenario.kind === 'mix',
    requests: requestsOf(data),
    promptClasses: Object.entries(data.promptClasses).map(([name, series]) => ({
      name,
      // Failures are kept by the names of requests.
      numbers: { ...numbersOf(series, data), frequentError: null },
    })),
    events: data.events.map((event) => ({ ...event, intoWindowUs: event.atUs - windowUs })),
    availability: data.events.length === 0 ? null : availability(data),
    watched: watchedSummaries(data),
    alerts: data.alerts.map((alert) => ({
      ...alert,
      spans: alert.spans.map((span) => ({ ...span, intoWindowUs: span.fromUs - windowUs })),
    })),
    checks: data.checks,
    expectations: [...expectations],
    metrics,
    comparison:
      judgeable && !first
        ? compareWithReference(jointRun([...before, metrics]), reference, compareOptionsOf(plan))
        : null,
    trend: trend === null || trend.points.length === 0 ? null : trend,
    course: loadCourse(data),
    shapes: distributionShapes(data.series),
    setup: {
      scenarios: singlePlans(plan.scenario).map(({ name }) => name),
      seed: plan.seed,
      generators: plan.generators,
      slo: plan.slo,
      environment: { hard: reference.fingerprint.hard, soft: reference.fingerprint.soft },
    },
    implausible,
    findings: loadFindings({ data, implausible }),
    notes: [...promptNotes(data), ...reference.notes],
  }
}

/** What a chat template adds is told: nobody wrote it, and it counts. */
function promptNotes({ promptOffset, specId }: MeasurementData): readonly string[] {
  if (promptOffset === null || promptOffset.least !== promptOffset.most) return []
  const { most, n, countedBy } = promptOffset
  const more = most === 0 ? 'as many tokens' : `${Math.abs(most)} tokens ${most < 0 ? 'fewer' : 'more'} (its template)`
  return [
    `${specId.path.at(-1) ?? specId.file}: the server counted ${more} in each of ${n} prompts, exact by ${countedBy}`,
  ]
}

function requestsOf(data: MeasurementData): RequestSummary[] {
  const parts = singlePlans(data.plan.scenario).map(({ name }) => name)
  const names = [...new Set([...parts, ...Object.keys(data.requests)])]
  return names.flatMap((name) => {
    const series = data.requests[name]
    const errors = data.errors.filter(({ request }) => request === name)
    return series === undefined ? [] : [{ name, numbers: numbersOf(series, { ...data, errors }) }]
  })
}

function trendMetric({ part }: LoadPlan): RecordedMetricId {
  if (part === undefined) return 'latency.p50'
  return part.by === 'rate' ? 'capacity' : 'userCapacity'
}

function currentPoint(data: MeasurementData, reference: Reference, metrics: RecordedMetrics): HistoryPoint {
  return {
    runId: data.runId,
    startedAt: data.startedAt,
    commit: null,
    status: 'passed',
    hardHash: reference.fingerprint.hardHash,
    metrics,
    branch: null,
    dirty: null,
    origin: 'measured',
    stages: stageBreakdown(data.series),
  }
}

function numbersOf(series: SeriesData, { tokenSource, errors }: MeasurementData): LoadNumbers {
  const { distributions } = series
  return {
    windowUs: series.windowUs,
    outcomes: series.outcomes,
    qps: qps(series),
    outputTokensPerSecond: outputTokensPerSecond(series),
    tokenSource,
    goodput: goodput(series),
    tokenGoodput: tokenGoodput(series),
    goodFraction: goodFraction(series),
    errorRate: errorRate(series),
    latency: percentileSummary(distributions.latency),
    serviceTime: percentileSummary(distributions.serviceTime),
    ttft: percentileSummary(distributions.ttft),
    tpot: percentileSummary(distributions.tpot),
    interChunkLatency: percentileSummary(distributions.interChunkLatency),
    pacerLag: percentileSummary(distributions.pacerLag),
    stages: stageBreakdown(series),
    counters: counterNames(series).map((name) => ({ name, ...counterOf(series, name)! })),
    audio: audioNumbers(series),
    frequentError: errors[0] ?? null,
  }
}
