import type { LoadPlan } from '../domain/load-plan.ts'
import type { Engine, GeneratorTeam, TeamListener } from './engine.ts'
import { GeneratorProcess } from './generator-process.ts'
import type { RowsAsked } from './protocol.ts'

/** Generators are processes of this machine. */
export class LocalEngine implements Engine {
  readonly isRemote = false
  readonly headStartUs = 50_000
  /** With the tick of a run, it is noticed within three seconds. */
  readonly silentAfterMs = 2750
  readonly #entry: URL

  /** @param entry built entry of the generator process */
  constructor(entry: URL) {
    this.#entry = entry
  }

  place(plans: readonly LoadPlan[]): Promise<readonly LoadPlan[]> {
    return Promise.resolve(plans)
  }

  team(plan: LoadPlan, listener: TeamListener, rows: RowsAsked | null = null): GeneratorTeam {
    const count = plan.generators
    const generators = Array.from({ length: count }, (_, index) => {
      const generator = new GeneratorProcess(index, this.#entry, {
        report: (report) => listener.report(report),
        output: (text) => listener.output(text),
        exited: (reason) => listener.lost(index, reason),
      })
      generator.send({
        kind: 'prepare',
        plan,
        part: { index, count },
        parentPid: process.pid,
        ...(rows === null ? {} : { rows: { ...rows, path: `${rows.path}-${index}.ndjson` } }),
      })
      return generator
    })
    return {
      send: (index, command) => generators[index]!.send(command),
      drop: (index) => generators[index]!.kill(),
      close: async () => {
        await Promise.all(generators.map((generator) => generator.end()))
      },
    }
  }

  /** Each team ends its own processes. */
  close(): Promise<void> {
    return Promise.resolve()
  }
}
