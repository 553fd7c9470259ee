import { readFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { trendBlock } from '../../reporters/terminal/trend-view.ts'
import { LoadError } from '../domain/load-error.ts'
import { isRecordedMetricId } from '../domain/metric.ts'
import { specIdText } from '../domain/spec-id.ts'
import { importedRuns } from '../store/imported-run.ts'
import type { Command } from './command.ts'
import { readImportFile } from './import-file.ts'
import { loadsOfSpec, openStore, STORE_HELP, STORE_OPTIONS, storedLoads } from './project-store.ts'
import { trendOfLoads } from './trend.ts'

const HELP = `usage: vitest-perf import <file.csv|file.json> [--spec id] [--metric latency.p50] [--unit s] [--dir .perf] [--json]

Takes numbers that were measured elsewhere into history, marked as imported, and shows their trend. They are
never compared with, nor a baseline for, what is measured here.

CSV has a header; JSON is a list of objects with these keys, or of numbers alone:
  label     what the version is called (or give commit)
  value     a number of 0 or more; durations may carry their unit: 24.0s
  unit      ns, us, ms, s, min, h for durations; % for shares   [s for durations]
  metric    latency.p50, ttft.p50, qps, errorRate, ...          [--metric]
  round     rows of one round were taken one after the other. A row without a round is what its version came to;
            without such a row the median of its values is
  commit    commit of the version          date   when it was measured   [now, in the order of the file]
  stage     path of a stage, clone/encode, whose mean the value is       spec   [--spec]

  --spec    id of the spec that the numbers belong to  [the file's name]
${STORE_HELP}

exit codes: 0 imported, or there already; 2 a value cannot be read (nothing is imported) or used wrongly`

/** `vitest-perf import <file>`: see its help. */
export const importCommand: Command = {
  name: 'import',
  usage: 'import <csv|json>',
  summary: 'take in numbers that were measured elsewhere',
  help: HELP,
  run: async (args, place) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...STORE_OPTIONS,
        spec: { type: 'string' },
        metric: { type: 'string', default: 'latency.p50' },
        unit: { type: 'string' },
      },
      allowPositionals: true,
    })
    const [file] = positionals
    if (file === undefined || positionals.length > 1)
      throw new LoadError('invalid-option', `import: got ${positionals.length} files, takes one`)
    const { metric } = values
    if (!isRecordedMetricId(metric))
      throw new LoadError(
        'invalid-option',
        `import: --metric: got '${metric}', takes a metric such as latency.p50 or qps`,
      )
    const text = await textOf(resolve(place.cwd, file))
    const { values: found, assumedSeconds } = readImportFile(text, basename(file), {
      spec: values.spec ?? basename(file, extname(file)),
      metric,
      unit: values.unit ?? null,
    })
    const store = await openStore(values, place)
    const there = new Set((await storedLoads(store, place)).map(({ load }) => load.loadId))
    const runs = importedRuns(found, place.now(), place.toolVersion)
    const fresh = runs.filter(({ loads }) => !loads.some(({ loadId }) => there.has(loadId)))
    for (const run of fresh) await store.history.write(run)
    await store.send()
    if (assumedSeconds)
      place.warn('durations without a unit were read as seconds; --unit or a column unit says otherwise')
    const specs = [...new Set(runs.flatMap(({ loads }) => loads.map(({ specId }) => specIdText(specId))))]
    const loads = await storedLoads(store, place)
    const trends = specs.map((spec) => trendOfLoads(loadsOfSpec(loads, spec), { metric: null, all: false }))
    if (values.json) {
      place.say(JSON.stringify({ imported: fresh.length, alreadyThere: runs.length - fresh.length, trends }, null, 2))
      return 0
    }
    const already = runs.length - fresh.length
    place.say(
      `imported ${fresh.length} ${fresh.length === 1 ? 'version' : 'versions'} of ${specs.join('; ')}` +
        (already === 0 ? '' : ` (${already} were there already)`),
    )
    for (const trend of trends) place.say(['', ...trendBlock(trend, place.screen)].join('\n'))
    return 0
  },
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new LoadError('invalid-option', `cannot read ${path}: ${(cause as Error).message}`, { cause })
  }
}
