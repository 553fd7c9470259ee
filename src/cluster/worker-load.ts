import { GeneratorProcess } from '../pool/generator-process.ts'
import type { GeneratorCommand, GeneratorReport } from '../pool/protocol.ts'
import type { AllowedTarget } from './allowed-targets.ts'
import type { LoadFile } from './control-messages.ts'
import type { GuardOptions } from './guarded-generator.ts'
import { type UnpackedPlan, unpackedPlan } from './load-files.ts'

/** How often the generator hears that its worker is alive. */
const BEAT_EVERY_MS = 500

/** What a load on this worker tells. */
export interface WorkerLoadListener {
  report(report: GeneratorReport): void
  output(text: string): void
  /** Its generator has gone, expected or not. */
  gone(reason: string): void
}

/** A load on this worker. */
export interface CarriedLoad {
  send(command: GeneratorCommand): void
  /** Ends it; resolves when nothing of it is left. */
  end(): Promise<void>
}

/** What carries a load: the generator's process, in tests something else. */
export type CarryLoad = (
  prepare: Extract<GeneratorCommand, { kind: 'prepare' }>,
  files: readonly LoadFile[],
  listener: WorkerLoadListener,
) => CarriedLoad

/** A generator process for each load. @param entry the built guarded-generator.ts */
export function generatorLoads(entry: URL, allowed: readonly AllowedTarget[] | null): CarryLoad {
  return (prepare, files, listener) => new WorkerLoad(entry, { allowed }, prepare, files, listener)
}

class WorkerLoad implements CarriedLoad {
  readonly #listener: WorkerLoadListener
  readonly #started: Promise<void>
  readonly #waiting: GeneratorCommand[] = []
  #unpacked: UnpackedPlan | null = null
  #generator: GeneratorProcess | null = null
  #beat: NodeJS.Timeout | null = null
  #ended = false

  constructor(
    entry: URL,
    guard: GuardOptions,
    prepare: Parameters<CarryLoad>[0],
    files: readonly LoadFile[],
    listener: WorkerLoadListener,
  ) {
    this.#listener = listener
    this.#started = this.#start(entry, guard, prepare, files)
  }

  send(command: GeneratorCommand): void {
    if (this.#generator === null) this.#waiting.push(command)
    else this.#generator.send(command)
  }

  async end(): Promise<void> {
    this.#ended = true
    // It must stop now, whatever else there is to do.
    this.#generator?.kill()
    await this.#started
    if (this.#beat !== null) clearInterval(this.#beat)
    await this.#generator?.end()
    await this.#unpacked?.remove()
    this.#unpacked = null
  }

  async #start(
    entry: URL,
    guard: GuardOptions,
    prepare: Parameters<CarryLoad>[0],
    files: readonly LoadFile[],
  ): Promise<void> {
    try {
      this.#unpacked = await unpackedPlan(prepare.plan, files)
    } catch (error) {
      return this.#listener.gone(`could not keep the load's files: ${(error as Error).message}`)
    }
    if (this.#ended) return
    const generator = new GeneratorProcess(
      prepare.part.index,
      entry,
      {
        report: (report) => this.#listener.report(report),
        output: (text) => this.#listener.output(text),
        exited: (reason) => this.#listener.gone(reason),
      },
      [JSON.stringify(guard)],
    )
    this.#generator = generator
    this.#beat = setInterval(() => generator.send({ kind: 'beat' }), BEAT_EVERY_MS)
    // Rows of each request would go to a path of the pool's machine.
    const { rows: _rows, ...command } = prepare
    generator.send({ ...command, plan: this.#unpacked.plan, parentPid: process.pid })
    for (const command of this.#waiting.splice(0)) generator.send(command)
  }
}
