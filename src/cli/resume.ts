import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { LoadError } from '../domain/load-error.ts'
import { specIdText } from '../domain/spec-id.ts'
import { RESUME_VARIABLE } from '../resume-variable.ts'
import { type ResumableLoad, resumableLoads } from '../store/resumable.ts'
import type { Command } from './command.ts'
import { runVitest, vitestEntry } from './vitest-process.ts'

const HELP = `usage: vitest-perf resume [run] [--dir .perf] [-- vitest options]

Finishes the loads of a run whose process ended: a crash, kill -9, a reboot. What was measured is taken from
the journal, what is left is driven after another warm-up, and the gap is marked: such a measurement is at
best suspect. The tests of the run that had begun a load are run, by Vitest, and judged as usual.

  run     id of the run or of one of its loads; without it the only one that can be resumed
  --dir   directory of journals, as in perfProject({ dir })

A journal waits for seven days. A load that was changed since is refused.
exit codes: 0 all passed, 1 a test failed, 2 nothing to resume or used wrongly`

/** `vitest-perf resume [run]`: see its help. */
export const resume: Command = {
  name: 'resume',
  usage: 'resume [run]',
  summary: 'finish the loads of a run that broke off',
  help: HELP,
  run: async (args, { cwd, say }) => {
    const cut = args.indexOf('--')
    const [own, passed] = cut < 0 ? [args, []] : [args.slice(0, cut), args.slice(cut + 1)]
    const { values, positionals } = parseArgs({
      args: [...own],
      options: { dir: { type: 'string', default: '.perf' } },
      allowPositionals: true,
    })
    if (positionals.length > 1)
      throw new LoadError('invalid-option', `resume: got ${positionals.length} runs, takes one`)
    const directory = resolve(cwd, values.dir)
    const loads = await chosen(directory, positionals[0])
    const { runId, project } = loads[0]!.head
    say(`resuming run ${runId}: ${loads.map(({ head }) => specIdText(head.specId)).join('; ')}`)
    const code = await runVitest(
      vitestEntry(cwd),
      ['run', '--project', project, ...filters(loads), ...passed],
      { [RESUME_VARIABLE]: runId },
      cwd,
    )
    const paths = new Set(loads.map(({ path }) => path))
    const { loads: left } = await resumableLoads(directory)
    if (code !== 0 || !left.some(({ path }) => paths.has(path))) return code
    // Vitest ends well where no test has the name.
    const missing = left.filter(({ path }) => paths.has(path)).map(({ head }) => specIdText(head.specId))
    say(`vitest-perf: not resumed, because its test no longer exists or did not run this load: ${missing.join('; ')}`)
    return 1
  },
}

/** The loads of the run that the user means. @throws LoadError `cannot-resume` */
async function chosen(directory: string, wanted: string | undefined): Promise<readonly ResumableLoad[]> {
  const { loads, damaged } = await resumableLoads(directory)
  const notes = damaged.map((text) => `\n  ${text}`).join('')
  const runs = [...new Set(loads.map(({ head }) => head.runId))]
  if (runs.length === 0) {
    throw new LoadError('cannot-resume', `nothing to resume in ${directory}${notes}`, {
      hint: 'a run can be resumed when its process ended before its loads did; --dir names another directory',
    })
  }
  const ofRun = (runId: string): readonly ResumableLoad[] => loads.filter(({ head }) => head.runId === runId)
  if (wanted === undefined) {
    if (runs.length === 1) return ofRun(runs[0]!)
    throw new LoadError('cannot-resume', `${runs.length} runs can be resumed; name one:${listing(loads)}${notes}`)
  }
  const named = loads.find(({ head }) => head.runId === wanted || head.loadId === wanted)
  if (named === undefined)
    throw new LoadError(
      'cannot-resume',
      `no run or load '${wanted}' can be resumed; there are:${listing(loads)}${notes}`,
    )
  return ofRun(named.head.runId)
}

function listing(loads: readonly ResumableLoad[]): string {
  return loads.map(({ head }) => `\n  ${head.runId}  started ${head.startedAt}  ${specIdText(head.specId)}`).join('')
}

/** Vitest's file filters, and a pattern that only these tests' full names match. */
function filters(loads: readonly ResumableLoad[]): string[] {
  const files = new Set(loads.map(({ head }) => head.specId.file))
  const names = new Set(loads.map(({ head }) => head.specId.path.join(' ').replaceAll(/[$()*+./?[\\\]^{|}-]/g, '\\$&')))
  return [...files, '-t', `^(${[...names].join('|')})$`]
}
