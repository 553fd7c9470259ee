import { parseArgs } from 'node:util'
import { trendOfRuns } from '../compare/trend.ts'
import { isRecordedMetricId } from '../domain/metric.ts'
import { specIdText } from '../domain/spec-id.ts'
import { formatBytes } from '../format/quantity-text.ts'
import { BaselineStore } from '../store/baseline-store.ts'
import { compact } from '../store/compaction.ts'
import { pointOf } from '../store/history-store.ts'
import type { Command } from './command.ts'
import {
  openStore,
  STORE_HELP,
  STORE_OPTIONS,
  type StoredLoad,
  storedLoads,
  withoutRepetitions,
} from './project-store.ts'

const HELP = `usage: vitest-perf gc [--dir .perf] [--json]

Puts old runs together: one file a month instead of one a run. Numbers, stages and commits stay, so that trends and
comparisons are what they were; expectations, findings and courses of those runs go. Whole stay the newest 200 runs,
those of this month, those that baselines stand on, and those with which a level changed.

${STORE_HELP}

exit codes: 0 well, 2 used wrongly`

/** `vitest-perf gc`: see its help. */
export const gc: Command = {
  name: 'gc',
  usage: 'gc',
  summary: 'put old runs together in one file a month',
  help: HELP,
  run: async (args, place) => {
    const { values } = parseArgs({ args: [...args], options: STORE_OPTIONS })
    const store = await openStore(values, place)
    const accepted = await new BaselineStore(store.baselines, store.baselineName).runIds()
    const keep = new Set([...accepted, ...levelChangeRuns(withoutRepetitions(await storedLoads(store, place)))])
    const { removed, ...done } = await compact(store.history, keep, new Date(place.now()))
    await store.send(new Set(removed.map(store.keyOf)))
    place.say(
      values.json
        ? JSON.stringify(done, null, 2)
        : `${done.runs} runs were put together in ${done.files} files; ${done.whole} stay whole; ${formatBytes(done.savedBytes)} saved`,
    )
    return 0
  },
}

/** Runs with which the level of any metric of any spec changed. */
function levelChangeRuns(loads: readonly StoredLoad[]): readonly string[] {
  const lines = new Map<string, StoredLoad[]>()
  for (const stored of loads) {
    const { load } = stored
    if (load.status !== 'passed' && load.status !== 'failed') continue
    const key = `${specIdText(load.specId)}\n${load.fingerprint.hardHash}`
    lines.set(key, [...(lines.get(key) ?? []), stored])
  }
  return [...lines.values()].flatMap((line) => {
    const points = line.map(({ run, load }) => pointOf(run, load))
    const metrics = [...new Set(points.flatMap((point) => Object.keys(point.metrics)))].filter(isRecordedMetricId)
    return metrics.flatMap((metric) => {
      const trend = trendOfRuns(points, metric)
      return trend.changes.map(({ index }) => trend.points[index]!.runId)
    })
  })
}
