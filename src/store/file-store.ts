import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DEFAULT_BASELINE, type Reference, type RunRecord, type SourceState } from '../domain/history.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import { type SpecId, specIdText } from '../domain/spec-id.ts'
import type { LoadLeg } from '../domain/load-leg.ts'
import type { BrokenOff, JournalHeader, LoadJournal, LoadStore } from '../pool/ports.ts'
import { makeDirectory } from './atomic-file.ts'
import { BaselineStore } from './baseline-store.ts'
import { mayAccept, refusalText } from './accept-policy.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { fingerprintOf } from './fingerprint.ts'
import { HistoryStore } from './history-store.ts'
import { JournalFile } from './journal.ts'
import { acceptedElsewhere, branchInCi, EVERYTHING, type Lineage, readLineage } from './lineage.ts'
import { type LoadName, planOnDisk } from './journal-entry.ts'
import { type Recovery, recoverOrphans, type Rescue } from './journal-recovery.ts'
import { processIdentity } from './process-identity.ts'
import { journalPlaces, requireSameWorkload, type ResumableLoad, resumableLoads } from './resumable.ts'
import { type LoadFacts, type SettledSpec, type Settlement, settleRun } from './settle.ts'
import type { SharedMirror } from './shared-mirror.ts'
import { readSourceState, UNKNOWN_SOURCE } from './source-state.ts'
import { subjectOf, workloadHash as hashOf, workloadParts } from './workload.ts'

/** Baselines are committed; everything else is this machine's own. */
const GITIGNORE = 'report*.*\nhistory/\nruns/\nresumable/\n*.tmp\n*.corrupt\n'

const NO_JOURNAL: LoadJournal = { append: () => undefined, close: () => undefined }

const NOTHING_KNOWN = { baseline: null, otherBaseline: null, history: [], notes: [] } as const

export interface FileStoreOptions {
  /** Id of the run that is under way, unique and sortable by time (ULID): names its file of history. */
  readonly runId: () => string
  /** Absolute path of the project's root. */
  readonly root: string
  /** Directory of all stored files, relative to the root or absolute. @default '.perf' */
  readonly dir?: string
  /** What a team shares; baselines and history are then kept there. @default `null`, files below `dir` alone */
  readonly shared?: SharedMirror | null
  /** Which of several baselines to compare with and to write. @default 'default' */
  readonly baselineName?: string
  /** Branches whose runs may become a baseline. @default `null`, every one */
  readonly acceptOn?: readonly string[] | null
  /** Name of the Vitest project, by which a load that broke off is started again. */
  readonly project: string
  /** Makes history of a journal whose process died. */
  readonly rescue: Rescue
  /** Id of the run whose loads are to go on where they broke off. @default none */
  readonly resume?: string | null
  /** Read at each reply and each settlement: `u` in watch mode changes it. */
  readonly update: () => Reference['update']
  /** @default the system's */
  readonly clock?: () => Date
  /** Hears of problems that no reply or settlement can carry. */
  readonly note: (message: string) => void
  readonly toolVersion: string
  /** What carries the loads where it is not this machine: its numbers are compared with its own only. @default null */
  readonly engine?: string | null
  /** @default null */
  readonly vitestVersion?: string | null
  /** @default the only one */
  readonly shard?: RunRecord['shard']
  /** Environment variables. @default those of the process */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** @default read from this machine at first use */
  readonly environment?: Environment
}

/** Baselines, history and journals as files below one directory. */
export class FileStore implements LoadStore {
  readonly #options: FileStoreOptions
  readonly #directory: string
  readonly #shared: SharedMirror | null
  readonly #history: HistoryStore
  readonly #baselines: BaselineStore
  /** By load id, until settled: plans may carry megabytes of prompts, so each is digested once and not kept. */
  readonly #facts = new Map<string, LoadFacts>()
  /** Loads that go on, by the id of the load that goes on with them. */
  readonly #takenUp = new Map<string, ResumableLoad>()
  readonly #clock: () => Date
  #environment: Environment | null
  #source: SourceState = UNKNOWN_SOURCE
  #lineage: Lineage = EVERYTHING
  #sourceRead: Promise<void> | null = null

  constructor(options: FileStoreOptions) {
    this.#options = options
    this.#directory = resolve(options.root, options.dir ?? '.perf')
    this.#shared = options.shared ?? null
    const kept = this.#shared?.directory ?? this.#directory
    this.#history = new HistoryStore(join(kept, 'history'))
    this.#baselines = new BaselineStore(join(kept, 'baselines'), options.baselineName ?? DEFAULT_BASELINE)
    this.#environment = options.environment ?? null
    this.#clock = options.clock ?? (() => new Date())
  }

  /**
   * At the start of a run: brings loads of runs that did not end into history, as `aborted`, and reads the state of the
   * source tree. Never throws.
   */
  async recover(): Promise<Recovery> {
    const notes = (await this.#shared?.sync()) ?? []
    await this.#shared?.close()
    const [recovery] = await Promise.all([
      recoverOrphans(
        { ...this.#places, history: this.#history, rescue: this.#options.rescue },
        this.#clock().getTime(),
      ),
      this.#readSource(),
    ])
    return { ...recovery, notes: [...notes, ...recovery.notes] }
  }

  async reference(specId: SpecId, plan: LoadPlan): Promise<Reference> {
    await this.#readSource()
    const { fingerprint } = this.#factsOf(plan)
    // Nothing of a trial is stored, and nothing stored is comparable to one.
    if (plan.part?.role === 'trial') return { fingerprint, ...NOTHING_KNOWN, update: this.#update() }
    const [history, baselines, named] = await Promise.all([
      this.#history.points(specId, (point) => this.#lineage.holds(point), this.#options.runId()),
      this.#baselines.read(specId, fingerprint.hardHash),
      this.#baselines.named(specId, fingerprint.hardHash),
    ])
    const { baseline } = baselines
    // Committed files are those of the branch anyway.
    const isShared = this.#shared !== null && baseline !== null
    const elsewhere = isShared ? acceptedElsewhere(baseline, history.points, this.#lineage) : null
    return {
      fingerprint,
      baseline: elsewhere === null ? baseline : null,
      otherBaseline: baselines.other,
      named: named.baselines,
      history: history.points,
      missingShards: history.missingShards,
      update: this.#update(),
      notes: [
        ...(this.#lineage.note === null ? [] : [this.#lineage.note]),
        ...(elsewhere === null ? [] : [elsewhere]),
        ...baselines.notes,
        ...named.notes,
        ...history.notes,
      ],
    }
  }

  async brokenOff(specId: SpecId, plan: LoadPlan): Promise<BrokenOff | null> {
    const { resume, root } = this.#options
    if (typeof resume !== 'string' || plan.part !== undefined) return null
    const { loads } = await resumableLoads(this.#directory)
    const load = loads.find(({ head }) => head.runId === resume && specIdText(head.specId) === specIdText(specId))
    if (load === undefined) return null
    requireSameWorkload(load, plan, specId, root)
    this.#takenUp.set(plan.id, load)
    return {
      startedAt: load.head.startedAt,
      generators: load.head.plan.generators,
      leg: load.leg,
      reports: load.reports,
    }
  }

  journal({ runId, loadId, specId, plan, startedAt, pid }: JournalHeader, leg: () => LoadLeg): LoadJournal {
    // A search that was cut off has no answer, and its loads are nobody's.
    if (plan.part !== undefined) return NO_JOURNAL
    void this.#readSource()
    this.#prepareDirectory()
    const facts = this.#factsOf(plan)
    const earlier = this.#takenUp.get(plan.id)
    const journal = new JournalFile(
      this.#places.runs,
      {
        schema: 'perf/journal@1',
        runId,
        loadId,
        specId,
        startedAt,
        ...facts,
        source: this.#source,
        toolVersion: this.#options.toolVersion,
        shard: this.#shard,
        writer: processIdentity(pid),
        plan: planOnDisk({ ...plan, generators: earlier?.head.plan.generators ?? plan.generators }),
        workload: workloadParts(plan, this.#options.root),
        project: this.#options.project,
        resumes: this.#resumedBy(plan.id),
      },
      leg,
      this.#options.note,
    )
    // The new journal holds all that the old one did; from now on it is the one to go on from.
    if (earlier !== undefined && journal.isOpen) rmSync(earlier.path, { force: true })
    return journal
  }

  /** After all expectations of a run: see {@link settleRun}. Never throws. */
  async settle(specs: readonly SettledSpec[]): Promise<Settlement> {
    if (specs.length === 0 && this.#shard.count === 1) return { paths: [], notes: [] }
    await this.#readSource()
    this.#prepareDirectory()
    const settlement = await settleRun(specs, {
      history: this.#history,
      baselines: this.#baselines,
      baselineName: this.#options.baselineName ?? DEFAULT_BASELINE,
      journalDirectory: this.#places.runs,
      resumes: (loadId) => this.#resumedBy(loadId),
      facts: this.#facts,
      run: {
        runId: this.#options.runId(),
        shard: this.#shard,
        source: this.#source,
        toolVersion: this.#options.toolVersion,
      },
      update: this.#update(),
      now: this.#clock(),
    })
    this.#facts.clear()
    this.#takenUp.clear()
    // A watch session goes on: its next run may have another commit.
    this.#sourceRead = null
    // A connection that stays open would keep the process.
    const notes = (await this.#shared?.sync()) ?? []
    await this.#shared?.close()
    const refused = specs.length > 0 && this.#options.update() === 'all' && this.#update() === 'none'
    return {
      ...settlement,
      notes: [
        ...settlement.notes,
        ...(refused
          ? [`baseline: nothing was accepted: ${refusalText(this.#options.acceptOn!, this.#source.branch)}`]
          : []),
        ...notes,
      ],
    }
  }

  /** Nothing is accepted on a branch that may not, however the run was asked for. */
  #update(): Reference['update'] {
    return mayAccept(this.#options.acceptOn ?? null, this.#source.branch) ? this.#options.update() : 'none'
  }

  get #places(): { readonly runs: string; readonly resumable: string } {
    return journalPlaces(this.#directory)
  }

  /** The loads that one goes on with, oldest first. */
  #resumedBy(loadId: string): readonly LoadName[] {
    const head = this.#takenUp.get(loadId)?.head
    return head === undefined ? [] : [...head.resumes, { runId: head.runId, loadId: head.loadId }]
  }

  get #shard(): RunRecord['shard'] {
    return this.#options.shard ?? { index: 1, count: 1 }
  }

  #factsOf(plan: LoadPlan): LoadFacts {
    const known = this.#facts.get(plan.id)
    if (known !== undefined) return known
    const { vitestVersion = null, engine = null } = this.#options
    this.#environment ??= readEnvironment(vitestVersion, engine)
    const workloadHash = hashOf(plan, this.#options.root)
    const facts: LoadFacts = {
      fingerprint: fingerprintOf(this.#environment, workloadHash),
      workloadHash,
      subject: subjectOf(plan.scenario),
    }
    this.#facts.set(plan.id, facts)
    return facts
  }

  /** Asked of git once a run. */
  #readSource(): Promise<void> {
    this.#sourceRead ??= this.#askGit()
    return this.#sourceRead
  }

  async #askGit(): Promise<void> {
    const { root, env = process.env } = this.#options
    const source = await readSourceState(root, this.#directory)
    this.#source = source.commit === null ? source : { ...source, branch: source.branch ?? branchInCi(env) }
    this.#lineage = await readLineage(root, this.#source.branch, env)
  }

  #prepareDirectory(): void {
    try {
      makeDirectory(this.#directory)
      writeFileSync(join(this.#directory, '.gitignore'), GITIGNORE, { flag: 'wx' })
    } catch {
      // Already there, or a disk that cannot be written: whoever writes next says so with its own path.
    }
  }
}
