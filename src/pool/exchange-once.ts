import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import { GeneratorProcess } from './generator-process.ts'
import type { Exchange } from './protocol.ts'

/**
 * Sends one request from a generator process of its own and returns what went over the wire, for writing a scenario.
 * @throws LoadError `scenario-failed` with the scenario's own error, `load-aborted` when the process ended early
 */
export async function exchangeOnce(plan: LoadPlan, entry: URL): Promise<Exchange> {
  let generator: GeneratorProcess | undefined
  try {
    return await new Promise<Exchange>((resolve, reject) => {
      generator = new GeneratorProcess(0, entry, {
        report: (report) => {
          if (report.kind === 'ready') generator?.send({ kind: 'once' })
          else if (report.kind === 'exchanged') resolve(report.exchange)
          else if (report.kind === 'scenario-error') {
            reject(new LoadError('scenario-failed', report.error.message, { cause: report.error }))
          }
        },
        output: () => undefined,
        exited: (reason) => reject(new LoadError('load-aborted', `the generator ${reason}`)),
      })
      generator.send({
        kind: 'prepare',
        plan: { ...plan, generators: 1 },
        part: { index: 0, count: 1 },
        parentPid: process.pid,
      })
    })
  } finally {
    await generator?.end()
  }
}
