import { parseArgs } from 'node:util'
import { trendBlock } from '../../reporters/terminal/trend-view.ts'
import { isMeasured, trendOfRuns } from '../compare/trend.ts'
import type { Trend } from '../domain/comparison.ts'
import { LoadError } from '../domain/load-error.ts'
import { isRecordedMetricId, type RecordedMetricId } from '../domain/metric.ts'
import { specIdText } from '../domain/spec-id.ts'
import { pointOf } from '../store/history-store.ts'
import { branchInCi, readLineage } from '../store/lineage.ts'
import { readSourceState } from '../store/source-state.ts'
import type { Command, CommandPlace } from './command.ts'
import { environmentText } from './environment-text.ts'
import {
  loadsOfSpec,
  openStore,
  STORE_HELP,
  STORE_OPTIONS,
  type StoredLoad,
  storedLoads,
  withoutRepetitions,
} from './project-store.ts'

const HELP = `usage: vitest-perf trend <spec> [--metric latency.p50] [--dir .perf] [--json]

The way of a spec over its runs: bars, change against the version before and against the first, speed-up with
its 95 % interval where the first and the last version have several runs, where the level changed, single
values and rounds of imported versions, and what each stage gave.

  <spec>    id of the spec, \`file > suite > test\`, or a part of it that no other has
  --metric  latency.p50, ttft.p50, qps, errorRate, ...  [the first that the newest run has]
  --all     runs of every environment, workload and branch, not only those comparable with the newest of this branch
            and of the base branch up to where this one left it
${STORE_HELP}

exit codes: 0 well, 2 no such spec or used wrongly`

/** `vitest-perf trend <spec>`: see its help. */
export const trend: Command = {
  name: 'trend',
  usage: 'trend <spec>',
  summary: 'the way of a spec over its runs',
  help: HELP,
  run: async (args, place) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...STORE_OPTIONS, metric: { type: 'string' }, all: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const [spec] = positionals
    if (spec === undefined || positionals.length > 1)
      throw new LoadError('invalid-option', `trend: got ${positionals.length} specs, takes one`)
    const loads = withoutRepetitions(await storedLoads(await openStore(values, place), place))
    const lineage = await readLineage(place.cwd, await currentBranch(place), place.env)
    const chosen = loadsOfSpec(loads, spec).filter(
      ({ run, load }) => values.all || lineage.holds({ ...run.source, origin: load.origin }),
    )
    if (chosen.length === 0)
      throw new LoadError('not-measured', `${spec}: all its runs are of other branches`, { hint: '--all shows them' })
    const found = trendOfLoads(chosen, { metric: values.metric ?? null, all: values.all })
    place.say(values.json ? JSON.stringify(found, null, 2) : trendBlock(found, place.screen).join('\n'))
    return 0
  },
}

async function currentBranch({ cwd, env }: CommandPlace): Promise<string | null> {
  const { branch } = await readSourceState(cwd, cwd)
  return branch ?? branchInCi(env)
}

/** The trend of one spec's loads, oldest first. @throws LoadError `not-measured` when no run has the metric */
export function trendOfLoads(
  loads: readonly StoredLoad[],
  { metric, all }: { readonly metric: string | null; readonly all: boolean },
): { readonly title: string; readonly environment: string | null; readonly trend: Trend } {
  const points = loads.map(({ run, load }) => ({ load, point: pointOf(run, load) }))
  const measured = points.filter(({ point }) => isMeasured(point))
  const newest = measured.at(-1)
  const title = specIdText(loads[0]!.load.specId)
  if (newest === undefined) throw new LoadError('not-measured', `${title}: none of its runs came to an end`)
  const comparable = measured.filter(({ point }) => all || point.hardHash === newest.point.hardHash)
  const runs = comparable.map(({ point }) => point)
  return {
    title,
    environment: all ? null : environmentText(newest.load.fingerprint),
    trend: trendOfRuns(runs, metricOf(metric, Object.keys(newest.point.metrics)), {
      incomparable: measured.length - comparable.length,
    }),
  }
}

function metricOf(wanted: string | null, recorded: readonly string[]): RecordedMetricId {
  const metric = wanted ?? recorded[0]
  if (isRecordedMetricId(metric) && recorded.includes(metric)) return metric
  throw new LoadError(
    'not-measured',
    `metric '${metric ?? ''}' is not in the newest run; it has ${recorded.join(', ')}`,
  )
}
