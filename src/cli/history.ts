import { parseArgs } from 'node:util'
import { LoadError } from '../domain/load-error.ts'
import { type RecordedMetricId } from '../domain/metric.ts'
import { specIdText } from '../domain/spec-id.ts'
import { truncate } from '../format/display-width.ts'
import { formatRecorded, recordedMetric } from '../format/metric-text.ts'
import { type Column, renderTable } from '../format/table.ts'
import type { Command } from './command.ts'
import { loadsOfSpec, openStore, STORE_HELP, STORE_OPTIONS, type StoredLoad, storedLoads } from './project-store.ts'

const HELP = `usage: vitest-perf history [spec] [--limit 20] [--dir .perf] [--json]

Without a spec: all specs of history, with their number of runs. With one: its runs, newest last, with the
environment's short hash; runs of one hash are comparable.

  [spec]    id of the spec, \`file > suite > test\`, or a part of it that no other has
  --limit   newest runs that are shown  [20]
${STORE_HELP}

exit codes: 0 well, 2 no such spec or used wrongly`

/** `vitest-perf history [spec]`: see its help. */
export const history: Command = {
  name: 'history',
  usage: 'history [spec]',
  summary: 'what is stored, by spec or run by run',
  help: HELP,
  run: async (args, place) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...STORE_OPTIONS, limit: { type: 'string', default: '20' } },
      allowPositionals: true,
    })
    if (positionals.length > 1)
      throw new LoadError('invalid-option', `history: got ${positionals.length} specs, takes one`)
    const limit = Number(values.limit)
    if (!Number.isInteger(limit) || limit < 1)
      throw new LoadError('invalid-option', `history: --limit: got '${values.limit}', takes a whole number from 1`)
    const loads = await storedLoads(await openStore(values, place), place)
    const [spec] = positionals
    if (loads.length === 0 && spec === undefined) {
      place.say(values.json ? '[]' : 'there is no run in history')
      return 0
    }
    const chosen = spec === undefined ? loads : loadsOfSpec(loads, spec).slice(-limit)
    if (values.json) place.say(JSON.stringify(spec === undefined ? specsOf(loads) : chosen.map(entryOf), null, 2))
    else place.say((spec === undefined ? specLines(loads, place.screen.columns) : runLines(chosen)).join('\n'))
    return 0
  },
}

interface SpecEntry {
  readonly spec: string
  readonly runs: number
  readonly first: string
  readonly last: string
}

function specsOf(loads: readonly StoredLoad[]): readonly SpecEntry[] {
  const specs = new Map<string, StoredLoad[]>()
  for (const stored of loads) {
    const spec = specIdText(stored.load.specId)
    specs.set(spec, [...(specs.get(spec) ?? []), stored])
  }
  return Array.from(specs, ([spec, of]) => ({
    spec,
    runs: of.length,
    first: of[0]!.load.startedAt,
    last: of.at(-1)!.load.startedAt,
  })).sort((a, b) => (a.spec < b.spec ? -1 : 1))
}

function specLines(loads: readonly StoredLoad[], columns: number): string[] {
  const entries = specsOf(loads)
  const head: Column[] = [
    { title: 'runs', align: 'right' },
    { title: 'last', align: 'left' },
    { title: 'spec', align: 'left' },
  ]
  return renderTable(
    head,
    entries.map(({ runs, last, spec }) => [String(runs), minute(last), truncate(spec, Math.max(20, columns - 26))]),
  )
}

/** One run as `--json` tells it. */
function entryOf({ run, load }: StoredLoad): object {
  const { source, runId, shard } = run
  const { loadId, status, startedAt, origin, label, fingerprint, metrics } = load
  return {
    runId,
    loadId,
    shard,
    startedAt,
    status,
    origin,
    look: load.look ?? 1,
    label,
    ...source,
    environment: fingerprint.hardHash,
    metrics,
  }
}

const SHOWN: readonly RecordedMetricId[] = ['latency.p50', 'latency.p99', 'qps', 'outputTokensPerSecond', 'errorRate']

function runLines(loads: readonly StoredLoad[]): string[] {
  const recorded = new Set(loads.flatMap(({ load }) => Object.keys(load.metrics) as RecordedMetricId[]))
  const usual = SHOWN.filter((metric) => recorded.has(metric))
  const metrics = (usual.length > 0 ? usual : [...recorded]).slice(0, 4)
  const head: Column[] = [
    { title: 'run', align: 'left' },
    { title: 'started', align: 'left' },
    { title: 'version', align: 'left' },
    { title: 'status', align: 'left' },
    { title: 'env', align: 'left' },
    ...metrics.map((metric): Column => ({ title: recordedMetric(metric).label, align: 'right' })),
  ]
  const rows = loads.map(({ run, load }) => [
    run.runId,
    minute(load.startedAt),
    truncate(load.label ?? `${run.source.commit?.slice(0, 7) ?? 'n/a'}${run.source.dirty === true ? '*' : ''}`, 20),
    load.origin === 'imported'
      ? 'imported'
      : load.look === undefined
        ? load.status
        : `${load.status}, look ${load.look}`,
    load.fingerprint.hardHash.slice(0, 8),
    ...metrics.map((metric) => formatRecorded(metric, load.metrics[metric]?.value ?? null)),
  ])
  return renderTable(head, rows)
}

function minute(date: string): string {
  return date.slice(0, 16).replace('T', ' ')
}
