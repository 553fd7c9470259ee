import { monotonicFactory } from 'ulid'
import type { TestContext } from 'vitest'
import type { SearchPart } from '../domain/capacity.ts'
import type { SearchSummary } from '../domain/search.ts'
import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import { PLANNED_LOOKS } from '../domain/look.ts'
import { describe } from '../domain/quantity.ts'
import type { Scenario } from '../domain/scenario.ts'
import type { SpecId } from '../domain/spec-id.ts'
import { abortedText } from '../format/aborted-text.ts'
import type { Measurement } from '../measure/measurement.ts'
import { ServicesMeasurement } from '../measure/services-measurement.ts'
import type { CommonLoadOptions, LoadOptions } from '../plan/load-options.ts'
import { resolveLoad } from '../plan/resolve-load.ts'
import { isScenario, resolveServices, type Services } from '../plan/resolve-services.ts'
import type { Answers, AnswersAsked, Exchange, Measured, SerialisedError } from '../pool/protocol.ts'
import { readRowFile } from '../scenarios/row-file.ts'
import { ActiveLoad, type LoadControl } from './active-load.ts'
import { answersOf, exchangeOf, wrongAnswer } from './ask-host.ts'
import { actDuring } from './act-during.ts'
import { type HostLink, hostError } from './host-link.ts'
import { nowUs } from '../domain/shared-clock.ts'
import type { ProcedurePart } from './procedure-part.ts'
import { SessionLoads } from './session-loads.ts'
import { specIdOf } from './spec-id-of.ts'
import { withoutSecrets } from './without-secrets.ts'
import { type SpecSettings, specSettings } from './settings.ts'

const nextId = monotonicFactory()

/** The parts of Vitest's test context that a load needs. */
export type LoadContext = Pick<TestContext, 'task' | 'signal' | 'skip' | 'annotate'>

/** A load as it is asked of the host. */
interface Planned {
  /** Whose, of several that are loaded together; else `null`. */
  readonly service: string | null
  readonly plan: LoadPlan
}

/** The loads of one test: sends plans to the host, gives measurements back. */
export class LoadSession {
  readonly #link: HostLink
  readonly #context: LoadContext
  readonly #loads: SessionLoads
  /** By the promise that `load()` gave for it. */
  readonly #active = new WeakMap<object, ActiveLoad>()
  #asked = 0
  #coldStarts = 0
  /** The part of a procedure that is under way. */
  #part: ProcedurePart | null = null

  constructor(link: HostLink, context: LoadContext) {
    this.#link = link
    this.#context = context
    this.#loads = new SessionLoads(context)
  }

  /** Applies a load and waits for its end. @throws LoadError see the codes */
  load(scenario: Scenario, options: LoadOptions): Promise<Measurement> {
    return this.#start(async (active) => {
      const label = this.#nextLabel()
      if (scenario?.prepare !== undefined) await scenario.prepare()
      const plan = this.#plan(scenario, options, specSettings(), label)
      const [run] = await this.#untilDecided([{ service: null, plan }], active)
      return run!
    })
  }

  /** Loads several services together and waits for the end of all. @throws LoadError see the codes */
  loadServices<Name extends string>(
    services: Services<Name>,
    common: CommonLoadOptions | undefined,
  ): Promise<ServicesMeasurement<Name>> {
    return this.#start(async (active) => {
      const label = this.#nextLabel()
      for (const prepare of preparations(services)) await prepare()
      const plans = resolveServices(services, common, {
        nextId,
        label,
        defaults: specSettings(),
        readRows: readRowFile,
      })
      const runs = await this.#untilDecided(plans, active)
      return new ServicesMeasurement(
        Object.fromEntries(plans.map(({ service }, i) => [service, runs[i]!])) as Record<Name, Measurement>,
      )
    })
  }

  /**
   * Acts on the target while a load runs. What `act` throws ends the load and is thrown.
   * @throws LoadError `invalid-option` when `load` is not the promise of one of this test's loads
   */
  async during<Run>(load: Promise<Run>, act: (control: LoadControl) => unknown): Promise<Run> {
    const active = typeof load === 'object' && load !== null ? this.#active.get(load) : undefined
    if (active === undefined) {
      throw new LoadError(
        'invalid-option',
        `during(load, act): got ${describe(load)}, takes what load() returns, not awaited`,
        {
          hint: "during(load(chat, { rate: 5, duration: '60s' }), async ({ at, kill }) => { ... })",
        },
      )
    }
    active.attended = true
    return actDuring(load, active, act)
  }

  /**
   * Applies one load of a search: neither report nor history hear of it unless it is kept.
   * @throws LoadError see the codes
   */
  async attempt(scenario: Scenario, options: LoadOptions, part: SearchPart): Promise<Measured> {
    await scenario.prepare?.()
    const plan = this.#plan(scenario, options, specSettings(), '')
    const { measured, error } = await this.#request([{ service: null, plan: { ...plan, part } }], new ActiveLoad(nowUs))
    if (error !== null) throw error
    const { measurement, reference } = measured[0]!
    return { measurement: withoutSecrets(measurement), reference }
  }

  /** Makes what an attempt measured one of the test's loads, for report, history and matchers. */
  async keep(attempt: Measured): Promise<Measurement> {
    const [run] = await this.#loads.add([attempt], new ActiveLoad(nowUs))
    return run!
  }

  /**
   * Runs a part of a procedure: loads without a label of their own take the part's.
   * @returns the loads that it made, as far as they were measured, and what it threw; `null` for nothing
   */
  async loadsOf(
    part: Pick<ProcedurePart, 'label' | 'progress'>,
    work: () => unknown,
  ): Promise<{ readonly runs: readonly Measurement[]; readonly error: unknown }> {
    const { runs } = (this.#part = { ...part, asked: 0, runs: [] })
    try {
      await work()
      return { runs, error: null }
    } catch (error) {
      // The test was skipped, not this part of it.
      if ((error as { readonly code?: unknown } | null)?.code === 'VITEST_PENDING') throw error
      return { runs, error: error ?? new Error('a part of a procedure threw nothing') }
    } finally {
      this.#part = null
    }
  }

  /** See {@link SessionLoads.owe}. */
  owe(error: Error): void {
    this.#loads.owe(error)
  }

  /** Begins a search under its label; `tell` says how it stands, each time anew. */
  beginSearch(label: string): { readonly specId: SpecId; readonly tell: (summary: SearchSummary) => void } {
    this.#loads.claimLabel(label)
    const [tellTest, tellHost] = [this.#loads.addSearch(), this.#link.search()]
    const tell = (summary: SearchSummary): void => {
      tellTest(summary)
      tellHost(summary)
    }
    return { specId: this.#specId(label), tell }
  }

  /** The label of cold starts that have none of their own. */
  nextColdStart(): string {
    this.#coldStarts++
    return this.#coldStarts === 1 ? 'cold start' : `cold start ${this.#coldStarts}`
  }

  /** Aborts when the test ends early. */
  get signal(): AbortSignal {
    return this.#context.signal
  }

  /** Sends one request and returns request and response. */
  async once(scenario: Scenario): Promise<Exchange> {
    await scenario?.prepare?.()
    return exchangeOf(this.#link, this.#context, this.#planOnce(scenario))
  }

  /** Sends requests one after the other and returns what came of them. */
  async answers(scenario: Scenario, series: AnswersAsked): Promise<Answers> {
    await scenario?.prepare?.()
    return answersOf(this.#link, this.#context, this.#planOnce(scenario), series)
  }

  /** See {@link SessionLoads.refuseUnjudged}. */
  refuseUnjudged(): void {
    this.#loads.refuseUnjudged()
  }

  /** A load that ended early must not leave a green test, whatever the spec does with the error. */
  #failure(error: SerialisedError, measured: readonly Measured[]): Error {
    if (error.code !== 'load-aborted' || measured.length === 0) return hostError(error)
    const lines = measured.map(({ measurement }) => abortedText(measurement))
    const failure = hostError({ ...error, message: [error.message, ...lines].join('\n  ') })
    this.owe(failure)
    return failure
  }

  #planOnce(scenario: Scenario): LoadPlan {
    return this.#plan(scenario, { users: 1, iterations: 1 }, specSettings(), 'once')
  }

  #plan(scenario: Scenario, options: LoadOptions, settings: SpecSettings, label: string): LoadPlan {
    if (!isScenario(scenario)) {
      throw new LoadError('invalid-option', 'load(scenario, options): the first argument is no scenario', {
        hint: "make one with http.get(...), openai.chat(...) or scenario(new URL('./x.scenario.ts', import.meta.url)) of 'vitest-perf/scenarios'",
      })
    }
    return resolveLoad(scenario.plan(), options, { id: nextId(), label, defaults: settings, readRows: readRowFile })
  }

  #start<Run>(apply: (active: ActiveLoad) => Promise<Run>): Promise<Run> {
    const active = new ActiveLoad(nowUs)
    const run = apply(active).finally(() => active.end())
    this.#active.set(run, active)
    return run
  }

  /**
   * One measurement for each plan. Under `onInconclusive: 'rerun'` it is applied again, at looks that were planned before,
   * while its comparison is inconclusive: runs are added to the sample and none is taken back, so that no repetition
   * makes a pass of a failure. What is done to the target during a load is done once, and nothing is repeated without it.
   */
  async #untilDecided(plans: readonly Planned[], active: ActiveLoad): Promise<readonly Measurement[]> {
    plans.forEach(({ plan }) => this.#loads.claimLabel(plan.label))
    if (!plans.some(({ plan }) => plan.onInconclusive === 'rerun')) return this.#apply(plans, active)
    const looked = (index: number): readonly Planned[] => plans.map((one) => atLook(one, index))
    const runs = await this.#apply(looked(1), active)
    for (let index = 2; index <= PLANNED_LOOKS && !active.attended && this.#loads.areOpen(runs); index++)
      await this.#apply(looked(index), new ActiveLoad(nowUs), runs)
    return runs
  }

  async #apply(
    plans: readonly Planned[],
    active: ActiveLoad,
    first?: readonly Measurement[],
  ): Promise<readonly Measurement[]> {
    const part = this.#part
    const { measured, error } = await this.#request(
      plans.map((one) => this.#withProgress(one)),
      active,
    )
    // What was measured until a failure goes into the report and the history all the same.
    const runs = await this.#loads.add(measured, active, first)
    if (first === undefined) part?.runs.push(...runs)
    if (error !== null) throw error
    return runs
  }

  #withProgress({ service, plan }: Planned): Planned {
    const { look } = plan
    const progress = [
      ...(this.#part === null ? [] : [this.#part.progress]),
      ...(look === undefined || look.index === 1 ? [] : [`look ${look.index} of at most ${look.of}`]),
    ]
    return progress.length === 0 ? { service, plan } : { service, plan: { ...plan, progress: progress.join(' · ') } }
  }

  async #request(
    plans: readonly Planned[],
    active: ActiveLoad,
  ): Promise<{ readonly measured: readonly Measured[]; readonly error: Error | null }> {
    const loads = plans.map((planned) => ({ ...planned, specId: this.#specId(planned.plan.label) }))
    const signal = AbortSignal.any([this.#context.signal, active.controller.signal])
    const answer = await this.#link.request({ kind: 'load', loads }, signal, (course) => active.running(course))
    switch (answer.kind) {
      case 'loaded':
        return { measured: answer.measured, error: null }
      case 'skipped':
        return this.#context.skip(answer.reason)
      case 'failed':
        return { measured: answer.measured, error: this.#failure(answer.error, answer.measured) }
      default:
        throw wrongAnswer()
    }
  }

  /** The first load of a test has no label, so that adding a second keeps the first one's history. */
  #nextLabel(): string {
    const part = this.#part
    if (part !== null) return ++part.asked === 1 ? part.label : `${part.label} · ${part.asked}`
    this.#asked++
    return this.#asked === 1 ? '' : String(this.#asked)
  }

  #specId(label: string): SpecId {
    return specIdOf(this.#context.task, specSettings().root, label)
  }
}

/** The same load for a look at it; each but the first gets an id of its own. */
function atLook({ service, plan }: Planned, index: number): Planned {
  return { service, plan: { ...plan, id: index === 1 ? plan.id : nextId(), look: { index, of: PLANNED_LOOKS } } }
}

/** What takes time before services can be resolved; what is wrong with them is told then. */
function preparations(services: unknown): readonly (() => Promise<void>)[] {
  const pairs: readonly unknown[] = typeof services === 'object' && services !== null ? Object.values(services) : []
  return pairs.flatMap((pair) => (Array.isArray(pair) ? ((pair[0] as Scenario | undefined)?.prepare ?? []) : []))
}
