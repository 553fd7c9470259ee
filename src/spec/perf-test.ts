import { test as base, type TestAPI } from 'vitest'
import type { Scenario } from '../domain/scenario.ts'
import type { TargetFact } from '../domain/target-facts.ts'
import type { CapacityOptions } from '../plan/capacity-options.ts'
import type { EngineRun } from '../measure/engine-run.ts'
import type { ColdStart } from '../measure/cold-start.ts'
import type { ColdStartOptions } from '../plan/cold-start-options.ts'
import type { ConcurrencyOptions } from '../plan/concurrency-options.ts'
import type { ExhaustOptions } from '../plan/exhaustion-options.ts'
import type { Measurement } from '../measure/measurement.ts'
import type { PairedComparison } from '../measure/paired-comparison.ts'
import type { ServicesMeasurement } from '../measure/services-measurement.ts'
import type { CommonLoadOptions, LoadOptions } from '../plan/load-options.ts'
import type { SweepAxes, SweepOptions } from '../plan/sweep-options.ts'
import type { SweepMatrix } from '../measure/sweep-matrix.ts'
import { isServices, type Services } from '../plan/resolve-services.ts'
import type { Exchange } from '../pool/protocol.ts'
import type { LoadControl } from './active-load.ts'
import { type Capacity, CapacitySearch } from './capacity.ts'
import { type ColdScenario, coldStarts } from './cold-start.ts'
import { type CompareLoad, comparePairwise } from './compare.ts'
import type { CompareSide, SideEnvironment } from './compared-side.ts'
import { compareConcurrency, type ConcurrencyComparison } from './concurrency.ts'
import type { EngineOptions } from './engine-options.ts'
import { type Exhaustion, ExhaustionRamp } from './exhaustion.ts'
import { checkOut } from './git-worktree.ts'
import { HostLink } from './host-link.ts'
import { hostUseReader } from './host-use.ts'
import { exchangeText } from '../format/exchange-text.ts'
import { LoadSession } from './load-session.ts'
import type { RunningServer, ServerOptions } from './server-process.ts'
import { runLine } from './run-line.ts'
import { commandRunner } from './run-command.ts'
import { FileServers, start, SUPERVISOR } from './server.ts'
import { specSettings } from './settings.ts'
import { tellTarget, type TargetOptions } from './target.ts'
import { withoutServer } from './without-server.ts'
import { type PointOf, sweepLoads } from './sweep.ts'
import { tellTable, type TableOptions } from './result-table.ts'

/** Applies load. */
export interface LoadFixture {
  /** To one scenario. */
  (scenario: Scenario, options: LoadOptions): Promise<Measurement>
  /**
   * To several services at once, each with its own scenario, profile and numbers:
   * `load({ llm: [chat, { rate: 5, duration: '30s' }], tts: [speech, { users: 2, duration: '30s' }] }, { warmup: '5s' })`.
   * All start at the same time, and the load ends when the last has ended. Options of the second argument apply to each.
   */
  <Name extends string>(services: Services<Name>, common?: CommonLoadOptions): Promise<ServicesMeasurement<Name>>
}

/** Fixtures that a perf spec has beside Vitest's own. */
export interface PerfFixtures {
  /**
   * Applies load to a scenario, or to several services at once, and waits for its end.
   * @throws LoadError `invalid-option`, `scenario-failed`, `load-aborted`, `wrong-context`
   */
  load: LoadFixture
  /**
   * Acts on the target while a load runs, and returns the load's measurement:
   * `during(load(...), async ({ at, kill, mark }) => { await at('10s'); await kill(service); await service.restart() })`.
   * What the callback throws ends the load and fails the test.
   */
  during: <Run>(load: Promise<Run>, act: (control: LoadControl) => unknown) => Promise<Run>
  /** Sends one request and returns what went over the wire; prints it too. For writing a scenario. */
  once: (scenario: Scenario) => Promise<Exchange>
  /**
   * Searches the highest rate (or number of users) at which the target keeps `until`. Takes many loads; the last one,
   * at the answer, is the test's load for reports and history.
   * @throws LoadError `invalid-option`, `scenario-failed`, `load-aborted`, `wrong-context`
   */
  capacity: (scenario: Scenario, options: CapacityOptions) => Promise<Capacity>
  /**
   * Ramps the load until the target refuses, and tells what gave out first.
   * @throws LoadError `invalid-option`, `scenario-failed`, `load-aborted`, `wrong-context`
   */
  exhaust: (scenario: Scenario, options: ExhaustOptions) => Promise<Exhaustion>
  /**
   * Runs `cell` for every combination of the axes, one after the other; it makes one load, which history keeps under its
   * own label: `sweep({ users: [1, 4, 16] }, ({ users }) => load(chat, { users, duration: '20s' }))`.
   * A cell that fails keeps the others, and the test fails at its end.
   * @throws LoadError `invalid-option`, `load-aborted`; what the first cell threw when no cell measured anything
   */
  sweep: <const Axes extends SweepAxes>(
    axes: Axes,
    cell: (point: PointOf<Axes>) => unknown,
    options?: SweepOptions,
  ) => Promise<SweepMatrix<PointOf<Axes>>>
  /**
   * Sends the same requests one after the other and then by several users at once:
   * `compareConcurrency(chat, { requests: 20, users: 5 })` gives `sequential` and `concurrent`, two loads like any, with
   * the speed-up between them.
   * @throws LoadError `invalid-option`, `scenario-failed`, `load-aborted`, `wrong-context`
   */
  compareConcurrency: (scenario: Scenario, options: ConcurrencyOptions) => Promise<ConcurrencyComparison>
  /**
   * Compares a candidate `b` with a base `a`: loads them in turn, the order within a pair at random, ten pairs unless told
   * otherwise. Sides are scenarios of targets that run, or how to start them, also from another commit:
   * `compare({ a: { ref: 'main', ...service }, b: service }, { scenario: ({ url }) => http.get(url), users: 4, duration: '3s' })`.
   * @throws LoadError `invalid-option`, `server-failed`, `scenario-failed`, `load-aborted`, `wrong-context`
   */
  compare: (
    sides: { readonly a: CompareSide; readonly b: CompareSide },
    options: CompareLoad,
  ) => Promise<PairedComparison>
  /**
   * Starts the thing under test several times and measures each start: process to ready, model load, first good answer,
   * first-request penalty, requests until steady. Takes a `server()`, which is restarted, or how to start one.
   * @throws LoadError `server-failed`, `invalid-option`, `load-aborted`
   */
  coldStart: (
    target: RunningServer | ServerOptions,
    scenario: ColdScenario,
    options?: ColdStartOptions,
  ) => Promise<ColdStart>
  /**
   * Runs the engine without its server, by its own command or in this process: prefill and decode tokens/s apart, and
   * `engine.overhead(run)` as what the server costs of them.
   * @throws LoadError `server-failed`, `not-measured`, `invalid-option`, `load-aborted`
   */
  withoutServer: (options: EngineOptions) => Promise<EngineRun>
  /**
   * Puts a table of yours into every report, beside those of the loads: `table({ title: 'LLM', columns: ['model', 'tokens/s'],
   * rows: [['ours', { value: run.outputTokensPerSecond, unit: '1/s' }]] })`. A missing value is `null` and prints as n/a;
   * a row of somebody else's figures says so: `{ cells, external: 'report of 2026-02-20' }`.
   * @throws LoadError `invalid-option`
   */
  table: (options: TableOptions) => void
  /**
   * Asks a model server what it is (llama.cpp, vLLM, TGI, SGLang and Ollama tell: model, quantisation, context, requests at
   * once, version) and shows it with the environment in every report. What it does not tell is n/a.
   * @throws LoadError `invalid-option`
   */
  target: (options: TargetOptions) => Promise<readonly TargetFact[]>
  /** Starts the thing under test, once per file for the same options, and stops it after the file. */
  server: (options: ServerOptions) => Promise<RunningServer>
}

/** A fresh checkout installs and builds. */
const SETUP_WITHIN_US = 1800e6

const link = new HostLink()

/** Vitest's `test` with the perf fixtures. */
export const test: TestAPI<PerfFixtures> = base.extend<PerfFixtures & { perfSession: LoadSession }>({
  perfSession: async ({ task, signal, skip, annotate }, use) => {
    const session = new LoadSession(link, { task, signal, skip, annotate })
    await use(session)
    session.refuseUnjudged()
  },
  load: async ({ perfSession }, use) => {
    const load = (target: Scenario | Services, options?: LoadOptions | CommonLoadOptions): Promise<unknown> =>
      isServices(target) ? perfSession.loadServices(target, options) : perfSession.load(target, options as LoadOptions)
    await use(load as LoadFixture)
  },
  during: async ({ perfSession }, use) => {
    await use((load, act) => perfSession.during(load, act))
  },
  once: async ({ perfSession }, use) => {
    await use(async (scenario) => {
      const exchange = await perfSession.once(scenario)
      process.stdout.write(exchangeText(exchange))
      return exchange
    })
  },
  capacity: async ({ perfSession }, use) => {
    await use((scenario, options) => new CapacitySearch(perfSession, scenario, options, () => performance.now()).run())
  },
  exhaust: async ({ perfSession }, use) => {
    const environment = { nowMs: () => performance.now(), hostUse: hostUseReader() }
    await use((scenario, options) => new ExhaustionRamp(perfSession, scenario, options, environment).run())
  },
  sweep: async ({ perfSession }, use) => {
    await use((axes, cell, options) => sweepLoads(perfSession, axes, cell, options))
  },
  compareConcurrency: async ({ perfSession }, use) => {
    await use((scenario, options) => compareConcurrency(perfSession, scenario, options))
  },
  compare: async ({ perfSession, skip }, use) => {
    await use((sides, options) => {
      const { idle, onInconclusive } = specSettings()
      if (idle !== null) return skip(idle)
      const setUp: SideEnvironment['setUp'] = (line, cwd, env) =>
        runLine({ line, cwd, env, withinUs: SETUP_WITHIN_US, caller: 'compare()' }, perfSession.signal, SUPERVISOR)
      const environment = { start, checkOut, setUp, cwd: process.cwd(), onInconclusive }
      return comparePairwise(perfSession, environment, sides, options)
    })
  },
  coldStart: async ({ perfSession }, use) => {
    await use((target, scenario, options) => {
      const environment = { start, onInconclusive: specSettings().onInconclusive }
      return coldStarts(perfSession, environment, target, scenario, options)
    })
  },
  withoutServer: async ({ perfSession, skip }, use) => {
    const run = commandRunner(SUPERVISOR)
    await use((options) => {
      const { idle } = specSettings()
      return idle === null ? withoutServer(perfSession, run, options) : skip(idle)
    })
  },
  target: async ({ perfSession }, use) => {
    await use((options) => tellTarget(perfSession, fetch, options))
  },
  table: async ({ perfSession }, use) => {
    await use((options) => tellTable(perfSession, options))
  },
  server: [
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads a fixture's needs from its first parameter
    async ({}, use) => {
      const servers = new FileServers()
      await use(servers.start)
      await servers.stopAll()
    },
    { scope: 'file' },
  ],
})
