import type { TokenSource } from '../domain/observation.ts'
import { type Agreement, agreementOf, type ComparedLine, sourcesOf, type Tolerances } from '../compare/agreement.ts'
import { LoadError } from '../domain/load-error.ts'
import type { SeriesData } from '../domain/measurement.ts'
import { describe, type Duration, durationUs, type Share, shareOf } from '../domain/quantity.ts'
import type { WatchedData } from '../domain/resource.ts'
import type { ServerMetrics } from '../domain/server-metrics.ts'
import { formatChange, formatCount, formatDuration } from '../format/quantity-text.ts'
import { optionsOf } from './arguments.ts'
import { type Claim, type Ruling, unknown } from './claim.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import type { Subject } from './subject.ts'

const NAME = 'toAgreeWith'

/** How far apart client and server may be: shares of the client's number; of durations also a length of time. */
export interface AgreementTolerance {
  /** Of requests, completed ones, errors, and the number of durations. @default 0: over a whole load they are exact */
  readonly counts?: Share
  /** @default 1 %, or 5 % where the client's tokens are an estimate */
  readonly tokens?: Share
  /** Of means and quantiles. @default 10 %, and at least 5 ms for what lies between both */
  readonly latency?: Share | Duration
}

/** How `toAgreeWith` judges. */
export interface AgreementOptions {
  readonly tolerance?: AgreementTolerance
}

/**
 * What a server counted is what its client saw, over the whole load, warm-up included: requests, errors, tokens, and durations
 * by mean and quantiles. What the server lost, or counted anew, cannot be compared: neither the claim nor its negation holds.
 */
export const toAgreeWith: Matcher = defineMatcher(
  NAME,
  (subject, [metrics, options]) => {
    const server = requireMetrics(metrics)
    const tolerance = toleranceOf(options)
    const whole = wholeOf(subject)
    const watched = monitorOf(server, subject.data.watched)
    const what = `client and ${watched.name}`
    return {
      text: `${what} agree${subject.of}`,
      negatedText: `${what} disagree${subject.of}`,
      judge: () => judge(server, watched, whole, tolerance, subject.data.tokenSource),
    } satisfies Claim
  },
  'requests',
  'one',
)

function judge(
  server: ServerMetrics,
  { name, totals }: WatchedData,
  whole: SeriesData | null,
  tolerance: AgreementTolerance,
  tokenSource: TokenSource | 'mixed' | null,
): Ruling {
  if (totals === undefined || whole === null) {
    return unknown(
      `cannot compare: ${name} was not seen from before the load to after its last answer`,
      'it must answer before the load begins, and the load must run to its end',
    )
  }
  if (totals.gaps.length > 0) {
    return unknown(
      `cannot compare: ${totals.gaps.join('; ')}`,
      `numbers of ${name} with something missing prove nothing`,
    )
  }
  const sources = sourcesOf(server, totals)
  if (Object.keys(sources).length === 0) {
    return unknown(
      `cannot compare: ${name} tells no metrics of vLLM, TGI, SGLang or llama.cpp`,
      "name them: prometheus({ requests: '...', latency: '...' })",
    )
  }
  const agreement = agreementOf(whole, totals, sources, tolerancesOf(tolerance, tokenSource), tokenSource)
  const { lines, missing, doubts } = agreement
  if (missing.length > 0) return unknown(`cannot compare ${missing.join('; ')}`, 'name what the server tells')
  const apart = lines.filter((line) => !line.agrees)
  return {
    outcome: apart.length === 0 ? 'holds' : 'denied',
    measured: measuredText(agreement),
    distance: null,
    weakness: doubts.length === 0 ? null : doubts.join('; '),
    details: lines.map(lineText),
  }
}

function measuredText({ lines }: Agreement): string {
  const apart = lines.filter((line) => !line.agrees)
  const names = (of: readonly ComparedLine[]): string => of.map(nameOf).join(', ')
  return apart.length === 0
    ? `agree over the whole load: ${names(lines)}`
    : `${apart.length} of ${lines.length} disagree: ${names(apart)}`
}

const LABELS: Readonly<Record<ComparedLine['quantity'], string>> = {
  requests: 'requests',
  completed: 'completed requests',
  errors: 'errors',
  inputTokens: 'input tokens',
  outputTokens: 'output tokens',
  latency: 'latency',
  ttft: 'TTFT',
}

function nameOf({ quantity, statistic }: ComparedLine): string {
  if (statistic === 'values') return `number of ${LABELS[quantity]} values`
  return statistic === null ? LABELS[quantity] : `${statistic} ${LABELS[quantity]}`
}

function lineText(line: ComparedLine): string {
  const { client, server, distance, agrees, statistic } = line
  const format = statistic === null || statistic === 'values' ? formatCount : formatDuration
  const text = ({ least, most }: ComparedLine['client']): string =>
    format(least) === format(most) ? format(least) : `${format(least)} to ${format(most)}`
  const size = distance === 0 ? 'agree' : `${text({ least: apart(line), most: apart(line) })} apart, ${sizeText(line)}`
  return `${nameOf(line)}: client ${text(client)}, server ${text(server)}: ${agrees || distance === 0 ? size : `DISAGREE, ${size}`}`
}

function apart({ client, server }: ComparedLine): number {
  return server.least > client.most ? server.least - client.most : client.least - server.most
}

function sizeText({ client, distance }: ComparedLine): string {
  return (distance > 0 ? client.most : client.least) === 0 ? 'of none' : formatChange(distance)
}

/** All phases of what is judged: a load, or the requests of one name. @throws LoadError */
function wholeOf({ data, series, step, of, plan }: Subject): SeriesData | null {
  if (step !== null || Object.values(data.promptClasses).includes(series)) {
    throw new LoadError('invalid-option', `${NAME}: got${of}, takes a whole load or the requests of one name`, {
      hint: 'a server counts on between steps: compare the load that they are part of',
    })
  }
  const request = Object.keys(data.requests).find((name) => data.requests[name] === series)
  if (request !== undefined) return data.whole?.requests[request] ?? null
  if (plan.scenario.kind === 'module') {
    throw new LoadError(
      'invalid-option',
      `${NAME}: got a load whose iterations may be several requests, takes those of one name`,
      {
        hint: `expect(run.scenario(name)); its names are ${Object.keys(data.requests).join(', ') || 'none'}`,
      },
    )
  }
  return data.whole?.all ?? null
}

/** @throws LoadError `not-measured` when there is none, `invalid-option` when it is not clear which is meant */
function monitorOf({ source, of }: ServerMetrics, watched: readonly WatchedData[]): WatchedData {
  const all = watched.filter(({ kind }) => kind === 'metrics')
  const found = all.filter(({ name, totals }) => (of === null ? (totals?.source ?? source) === source : name === of))
  if (found.length === 1) return found[0]!
  const names = all.map(({ name }) => `'${name}'`).join(', ')
  if (found.length > 1) {
    throw new LoadError(
      'invalid-option',
      `${NAME}(${source}({ of })): got ${describe(of ?? undefined)}, takes one of ${names}`,
    )
  }
  throw new LoadError(
    'not-measured',
    `${NAME}: ${of === null ? `no ${source}` : describe(of)} was watched${names === '' ? '' : `; watched: ${names}`}`,
    { hint: `declare it: load(scenario, { ..., monitors: { ${source}: ... } })` },
  )
}

function requireMetrics(metrics: unknown): ServerMetrics {
  if ((metrics as { readonly schema?: unknown } | null | undefined)?.schema === 'perf/server-metrics@1') {
    return metrics as ServerMetrics
  }
  throw new LoadError(
    'invalid-option',
    `${NAME}(metrics): got ${describe(metrics)}, takes what statsd() or prometheus() returned`,
  )
}

function toleranceOf(options: unknown): AgreementTolerance {
  const { tolerance } = optionsOf(NAME, options, ['tolerance'])
  const parts = optionsOf(`${NAME}(metrics, { tolerance })`, tolerance, ['counts', 'tokens', 'latency'])
  for (const [name, value] of Object.entries(parts)) {
    const takes = name === 'latency' ? shareOf(value) !== null || durationUs(value) !== null : shareOf(value) !== null
    if (takes) continue
    const forms = `a share such as '1%'${name === 'latency' ? " or a duration such as '5ms'" : ''}`
    throw new LoadError('invalid-option', `${NAME}: option tolerance.${name}: got ${describe(value)}, takes ${forms}`)
  }
  return parts
}

function tolerancesOf(
  { counts, tokens, latency }: AgreementTolerance,
  source: TokenSource | 'mixed' | null,
): Tolerances {
  const share = latency === undefined ? 0.1 : shareOf(latency)
  return {
    counts: shareOf(counts) ?? 0,
    tokens: shareOf(tokens) ?? (source === 'usage' ? 0.01 : 0.05),
    latency: share ?? 0,
    latencyUs: latency === undefined ? 5000 : share === null ? durationUs(latency)! : 0,
  }
}
