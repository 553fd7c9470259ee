import { parseArgs } from 'node:util'
import type { Baseline } from '../domain/history.ts'
import { LoadError } from '../domain/load-error.ts'
import { specIdText } from '../domain/spec-id.ts'
import { mayAccept, refusalText } from '../store/accept-policy.ts'
import { BaselineStore } from '../store/baseline-store.ts'
import type { Command } from './command.ts'
import {
  loadsOfSpec,
  openStore,
  STORE_HELP,
  STORE_OPTIONS,
  type StoredLoad,
  storedLoads,
  withoutRepetitions,
} from './project-store.ts'

const HELP = `usage: vitest-perf accept [name] --reason <text> [--spec <spec>] [--runs n] [--dir .perf] [--json]

Makes the newest runs of each spec its baseline: those of the newest run's commit, environment and workload that
passed, at most 20; of a tree with uncommitted changes the newest run alone. Below five runs it is provisional.
Failed, invalid, aborted and imported runs are never accepted, suspect ones only with --suspect, and none of a branch
that acceptOn of the perf project does not name.

  [name]    name of the baseline, as in perfProject({ baseline })  [the project's, PERF_BASELINE before it]
  --reason  why this is the new reference; kept in the file. Required
  --spec    only this spec: its id, or a part of it that no other has  [all whose newest run can be accepted]
  --suspect also runs whose measurement is suspect; what was found is printed
  --runs    the newest n comparable runs, whatever their commits
${STORE_HELP}

exit codes: 0 accepted, 1 nothing could be accepted, 2 used wrongly`

const MOST_RUNS = 20

/** `vitest-perf accept [name]`: see its help. */
export const accept: Command = {
  name: 'accept',
  usage: 'accept [name]',
  summary: 'make the newest runs the baseline',
  help: HELP,
  run: async (args, place) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        ...STORE_OPTIONS,
        reason: { type: 'string' },
        spec: { type: 'string' },
        runs: { type: 'string' },
        suspect: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
    if (positionals.length > 1)
      throw new LoadError('invalid-option', `accept: got ${positionals.length} names, takes one`)
    const store = await openStore(values, place)
    const name = positionals[0] ?? store.baselineName
    if (!/^[\w.-]+$/.test(name))
      throw new LoadError(
        'invalid-option',
        `accept: name: got '${name}', takes letters, digits, dots, dashes and underscores`,
      )
    const reason = values.reason?.trim() ?? ''
    if (reason === '')
      throw new LoadError('invalid-option', 'accept: got no --reason, takes why this is the new reference', {
        hint: `npx vitest-perf accept ${name} --reason 'TF32 and ONNX'`,
      })
    const count = values.runs === undefined ? null : Number(values.runs)
    if (count !== null && !(Number.isInteger(count) && count >= 1))
      throw new LoadError('invalid-option', `accept: --runs: got '${values.runs}', takes a whole number from 1`)
    const loads = withoutRepetitions(await storedLoads(store, place))
    const chosen = values.spec === undefined ? loads : loadsOfSpec(loads, values.spec)
    const baselines = new BaselineStore(store.baselines, name)
    const specs = [...new Set(chosen.map(({ load }) => specIdText(load.specId)))]
    const accepted: { spec: string; runs: number; path: string }[] = []
    for (const spec of specs) {
      const runs = acceptable(
        chosen.filter(({ load }) => specIdText(load.specId) === spec),
        { count, suspect: values.suspect, acceptOn: store.acceptOn },
      )
      if (typeof runs === 'string') {
        place.warn(`${spec} was not accepted: ${runs}`)
        continue
      }
      for (const text of new Set(runs.flatMap(({ load }) => suspicionsOf(load))))
        place.warn(`${spec} is accepted though it is suspect: ${text}`)
      const baseline = baselineOf(runs, { name, reason, acceptedAt: new Date(place.now()).toISOString() })
      const { baseline: seen } = await baselines.read(baseline.specId, baseline.fingerprint.hardHash)
      accepted.push({ spec, runs: runs.length, path: await baselines.accept(baseline, seen) })
    }
    await store.send()
    if (values.json) place.say(JSON.stringify({ name, reason, accepted }, null, 2))
    else if (accepted.length === 0) place.say('nothing was accepted')
    for (const { spec, runs, path } of values.json ? [] : accepted) {
      place.say(
        `baseline '${name}' of ${spec}: ${runs} ${runs === 1 ? 'run' : 'runs'}${runs < 5 ? ', provisional' : ''}`,
      )
      place.say(`  ${path}`)
    }
    return accepted.length === 0 ? 1 : 0
  },
}

/** The runs of one spec, oldest first, that its baseline is to stand on; or why there is none, in words. */
function acceptable(
  loads: readonly StoredLoad[],
  {
    count,
    suspect,
    acceptOn,
  }: { readonly count: number | null; readonly suspect: boolean; readonly acceptOn: readonly string[] | null },
): readonly StoredLoad[] | string {
  const measured = loads.filter(({ load }) => load.origin === 'measured')
  const newest = measured.at(-1)
  if (newest === undefined) return 'it has imported runs only'
  if (newest.load.status !== 'passed') return `its newest run is ${newest.load.status}`
  const { branch } = newest.run.source
  if (acceptOn !== null && !mayAccept(acceptOn, branch)) return refusalText(acceptOn, branch)
  const found = suspicionsOf(newest.load)
  if (found.length > 0 && !suspect)
    return `its newest run is suspect: ${found.join('; ')}; repeat it, or accept it all the same with --suspect`
  const allowed = measured.filter(
    ({ run, load }) => mayAccept(acceptOn, run.source.branch) && (suspect || suspicionsOf(load).length === 0),
  )
  const comparable = allowed.filter(
    ({ load }) => load.status === 'passed' && load.fingerprint.hardHash === newest.load.fingerprint.hardHash,
  )
  if (count !== null) return comparable.slice(-count)
  const { commit, dirty } = newest.run.source
  if (commit === null || dirty !== false) return [newest]
  return comparable.filter(({ run }) => run.source.commit === commit && run.source.dirty === false).slice(-MOST_RUNS)
}

/** What makes a measurement suspect, in words. */
function suspicionsOf({ findings }: StoredLoad['load']): readonly string[] {
  return findings.filter(({ severity }) => severity === 'suspect').map(({ message }) => message)
}

function baselineOf(loads: readonly StoredLoad[], about: Pick<Baseline, 'name' | 'reason' | 'acceptedAt'>): Baseline {
  const { specId, fingerprint } = loads.at(-1)!.load
  return {
    schema: 'perf/baseline@1',
    specId,
    fingerprint,
    ...about,
    runs: loads.map(({ run, load: { startedAt, subject, metrics } }) => ({
      runId: run.runId,
      startedAt,
      commit: run.source.commit,
      ...(subject === undefined ? {} : { subject }),
      metrics,
    })),
  }
}
