import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { ulid } from 'ulid'
import type { Plugin } from 'vitest/config'
import type { TestProject, Vitest } from 'vitest/node'
import { PerfReporter } from '../reporters/perf-reporter.ts'
import { engineOf } from './engine-choice.ts'
import { LoadError } from './domain/load-error.ts'
import type { ResolvedProjectOptions } from './perf-project-options.ts'
import { pinConfig } from './pinned-config.ts'
import { POOL_PLUGIN } from './plugin-name.ts'
import { LoadHost } from './pool/load-host.ts'
import { PerfPoolWorker } from './pool/perf-pool-worker.ts'
import { SETTINGS_VARIABLE, type SpecSettings } from './spec/settings.ts'
import { rescuedLoad } from './rescued-load.ts'
import { RunOutputs } from './run-outputs.ts'
import { RESUME_VARIABLE } from './resume-variable.ts'
import { FileStore } from './store/file-store.ts'
import { sharedRunId } from './store/lineage.ts'
import { sharedMirror } from './store-choice.ts'

const POOL_NAME = 'vitest-perf'

/** The plugin inside a perf project: once Vitest has resolved everything, it pins what load needs and wires the rooms together. */
export function internalPlugin(options: ResolvedProjectOptions): Plugin {
  return {
    name: POOL_PLUGIN,
    api: options,
    // Vitest awaits this hook; only its type says otherwise.
    // oxlint-disable-next-line typescript/no-misused-promises
    async configureVitest({ vitest, project }) {
      requireNodeFor(vitest)
      const shard = vitest.config.shard ?? { index: 1, count: 1 }
      const nextRunId = (): string => sharedRunId(process.env, shard.count) ?? ulid()
      let runId = nextRunId()
      const root = vitest.config.root
      const reporter = new PerfReporter({
        stream: process.stderr,
        columns: () => process.stderr.columns ?? 80,
        rows: () => process.stderr.rows ?? 24,
        isTTY: process.stderr.isTTY && process.env['CI'] === undefined,
        now: () => performance.now(),
        loadsEnded: () => host.ended(),
        owns: (module) => module.project === project,
        measured: (measurement) => outputs.measured(measurement),
        settle: async (results, run) => {
          const settlement = await store.settle(results)
          runId = nextRunId()
          // Reports of the last run stay where this one has nothing to tell.
          if (results.length === 0) return settlement
          return outputs.write(results, run, settlement)
        },
      })
      const outputs = new RunOutputs({
        root,
        project: basename(root),
        paths: options.outputs,
        toolVersion: toolVersion(),
        env: process.env,
        failuresAnnotated: () => hasGithubReporter(vitest),
        print: (lines) => process.stderr.write(`${lines.join('\n')}\n`),
      })
      const store = new FileStore({
        runId: () => runId,
        root,
        project: project.name,
        rescue: rescuedLoad,
        resume: process.env[RESUME_VARIABLE] ?? null,
        dir: options.dir,
        shared: sharedMirror(options.store, root, resolve(root, options.dir)),
        baselineName: options.baseline,
        acceptOn: options.acceptOn,
        update: () => vitest.snapshot.options.updateSnapshot,
        shard,
        toolVersion: toolVersion(),
        vitestVersion: vitest.version,
        engine: options.engine === 'local' ? null : options.engine.kind,
        note: (message) => reporter.note(message),
      })
      const { notes: recoveryNotes } = await store.recover()
      recoveryNotes.forEach((note) => reporter.note(note))
      const watching = watchState(vitest, project, options)
      const engine = engineOf(options.engine, new URL('./generator.js', import.meta.url), {
        version: toolVersion(),
        note: (message) => reporter.note(message),
      })
      vitest.onClose(() => engine.close())
      const { requests } = options.outputs
      const host = new LoadHost({
        runId: () => runId,
        engine,
        lockPath: join(tmpdir(), 'vitest-perf.lock'),
        project: basename(root),
        store,
        observer: reporter,
        requestRows: requests === null ? null : { ...requests, directory: resolve(root, requests.directory) },
        idleReason: watching.idleReason,
        interrupt: () => {
          // Vitest calls cancelled tests skipped and would end with 0. 130 is the shell's code for Ctrl-C.
          process.exitCode = 130
          void vitest.cancelCurrentRun('keyboard-input')
        },
      })
      vitest.onCancel(() => host.abortAll('cancelled'))
      vitest.config.reporters.push(reporter)
      const settings = (): SpecSettings => ({
        root,
        onInvalid: options.onInvalid,
        onInconclusive: options.onInconclusive,
        idle: watching.idleReason(),
        monitors: options.monitors,
        alerts: options.alerts,
      })
      const notes = pinConfig(
        project,
        {
          name: POOL_NAME,
          createPoolWorker: (pool) =>
            new PerfPoolWorker(pool, host, { [SETTINGS_VARIABLE]: JSON.stringify(settings()) }),
        },
        options.include,
        options.exclude,
      )
      notes.forEach((note) => reporter.note(note))
      project.config.setupFiles.push(resolve(import.meta.dirname, 'matchers.js'))
    },
  }
}

/** Vitest adds its own by itself on GitHub Actions, unless the user lists others. */
function hasGithubReporter({ config }: Vitest): boolean {
  return config.reporters.some((reporter) =>
    Array.isArray(reporter)
      ? reporter[0] === 'github-actions'
      : typeof reporter === 'object' && reporter.constructor.name === 'GithubActionsReporter',
  )
}

function toolVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  return manifest.version
}

/** Vitest 5 on Node 20 passes green tests and breaks without a report at the first failure. */
function requireNodeFor(vitest: Vitest): void {
  const vitestMajor = Number(vitest.version.split('.')[0])
  const nodeMajor = Number(process.versions.node.split('.')[0])
  if (vitestMajor >= 5 && nodeMajor < 22) {
    throw new LoadError(
      'wrong-context',
      `Vitest ${vitest.version} does not work on Node ${process.versions.node}: its report vanishes at the first failure`,
      {
        hint: 'use Node 22.12 or later, or `npm i -D vitest@4`',
      },
    )
  }
}

/**
 * Whether loads may run. In watch mode a plain `vitest` and a save of a file must not fire load: perf files run when the
 * user asks for them, by `--project`, by `r`, or always with `watch: true`.
 */
function watchState(
  vitest: Vitest,
  project: TestProject,
  options: ResolvedProjectOptions,
): { idleReason: () => string | null } {
  const asked = vitest.config.project.length > 0
  let armed = !vitest.config.watch || options.watch || asked
  if (!options.watch) vitest.onFilterWatchedSpecification((specification) => specification.project !== project)
  // Saves are filtered out above, so a rerun of perf files was asked for.
  vitest.onTestsRerun((specifications) => {
    if (specifications.some((specification) => specification.project === project)) armed = true
  })
  return {
    idleReason: () =>
      armed ? null : `no load in watch mode until asked: press r, or run \`vitest --project ${project.name}\``,
  }
}
