import { parseArgs } from 'node:util'
import { type Comparison } from '../domain/comparison.ts'
import { LoadError } from '../domain/load-error.ts'
import { specIdText } from '../domain/spec-id.ts'
import { comparisonLines } from '../../reporters/terminal/trend-view.ts'
import { compareMetrics } from '../compare/compare.ts'
import { differences } from '../compare/reference-runs.ts'
import { missingShards, partOf } from '../store/run-parts.ts'
import type { Command } from './command.ts'
import {
  openStore,
  STORE_HELP,
  STORE_OPTIONS,
  type StoredLoad,
  storedLoads,
  withoutRepetitions,
} from './project-store.ts'

const HELP = `usage: vitest-perf compare <run> <run> [--dir .perf] [--json]

Compares the second with the first, spec by spec. A run is named by its id or the beginning of it, by a commit (all its
runs that passed: several of the first tell the noise), or as \`latest\`. Of a second that is several runs the newest counts.
Shards of a run are joined by its id; what a shard measured that is not in history is INCONCLUSIVE.
One run on each side leaves run-to-run noise to be assumed; \`compare()\` in a spec interleaves both and measures it.

${STORE_HELP}

exit codes: 0 nothing regressed, 1 REGRESSED, 2 no such run, no spec in common, or used wrongly`

/** `vitest-perf compare <run> <run>`: see its help. */
export const compare: Command = {
  name: 'compare',
  usage: 'compare <run> <run>',
  summary: 'one run against another',
  help: HELP,
  run: async (args, place) => {
    const { values, positionals } = parseArgs({ args: [...args], options: STORE_OPTIONS, allowPositionals: true })
    if (positionals.length !== 2)
      throw new LoadError('invalid-option', `compare: got ${positionals.length} runs, takes two`)
    const loads = withoutRepetitions(await storedLoads(await openStore(values, place), place))
    const [before, after] = positionals.map((wanted) => loadsOfRun(loads, wanted)) as [StoredLoad[], StoredLoad[]]
    const specs = [...new Set(after.map(({ load }) => specIdText(load.specId)))].filter((spec) =>
      before.some(({ load }) => specIdText(load.specId) === spec),
    )
    if (specs.length === 0)
      throw new LoadError(
        'invalid-option',
        `compare: '${positionals[0]}' and '${positionals[1]}' have no spec in common`,
      )
    const results = specs.map((spec) => {
      const of = (side: readonly StoredLoad[]): StoredLoad[] =>
        side.filter(({ load }) => specIdText(load.specId) === spec)
      return { spec, comparison: compared(of(before), of(after).at(-1)!, positionals[0]!) }
    })
    const missing = missingShards([...before, ...after].map(({ run }) => partOf(run)))
    if (values.json) place.say(JSON.stringify({ missingShards: missing, specs: results }, null, 2))
    if (!values.json) missing.forEach((text) => place.say(`INCONCLUSIVE: ${text}: what it measured is not compared`))
    for (const { spec, comparison } of values.json ? [] : results)
      place.say([spec, ...comparisonLines(comparison, place.screen)].join('\n'))
    return results.some(({ comparison }) => comparison.verdict === 'REGRESSED') ? 1 : 0
  },
}

/** @throws LoadError `invalid-option` when there is no such run, or a beginning may be several */
function loadsOfRun(loads: readonly StoredLoad[], wanted: string): readonly StoredLoad[] {
  const ended = loads.filter(({ load }) => load.status === 'passed' || load.status === 'failed')
  const id = wanted === 'latest' ? ended.at(-1)?.run.runId : wanted
  const ofCommit = ended.filter(
    ({ run, load }) => wanted.length >= 7 && run.source.commit?.startsWith(wanted) === true && load.status === 'passed',
  )
  if (ofCommit.length > 0) return ofCommit
  const found = ended.filter(({ run }) => id !== undefined && run.runId.startsWith(id))
  const ids = [...new Set(found.map(({ run }) => run.runId))]
  if (ids.length === 1 || (id !== undefined && ids.includes(id)))
    return found.filter(({ run }) => run.runId === (ids.includes(id!) ? id : ids[0]))
  throw new LoadError(
    'invalid-option',
    ids.length === 0
      ? `compare: there is no run '${wanted}' that came to its end`
      : `compare: '${wanted}' may be any of ${ids.length} runs: ${ids.slice(0, 5).join(', ')}`,
    { hint: 'npx vitest-perf history <spec> lists them' },
  )
}

function compared(before: readonly StoredLoad[], { load }: StoredLoad, name: string): Comparison {
  const first = before.at(-1)!.load
  const comparable = before.filter((one) => one.load.fingerprint.hardHash === load.fingerprint.hardHash)
  const count = comparable.length
  if (count === 0) {
    const hard = differences(first.fingerprint.hard, load.fingerprint.hard)
    return {
      verdict: 'INCOMPARABLE',
      metrics: [],
      against: name,
      runCv: null,
      notes: hard.length > 0 ? hard : ['the workload is another: profile, prompts or parameters have changed'],
    }
  }
  const comparison = compareMetrics(
    load.metrics,
    comparable.map((one) => one.load.metrics),
    {},
  )
  const soft = differences(comparable.at(-1)!.load.fingerprint.soft, load.fingerprint.soft)
  return {
    ...comparison,
    against: `${name} (${count === 1 ? '1 run' : `${count} runs`})`,
    notes: [...soft.map((text) => `the environment differs a little: ${text}`), ...comparison.notes],
  }
}
