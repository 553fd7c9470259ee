import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import { GeneratorProcess } from './generator-process.ts'
import type { Answers, AnswersAsked, Exchange, GeneratorCommand, GeneratorReport } from './protocol.ts'

/**
 * Sends one request from a generator process of its own and returns what went over the wire, for writing a scenario.
 * @throws LoadError `scenario-failed` with the scenario's own error, `load-aborted` when the process ended early
 */
export async function exchangeOnce(plan: LoadPlan, entry: URL): Promise<Exchange> {
  const read = (report: GeneratorReport): Exchange | null => (report.kind === 'exchanged' ? report.exchange : null)
  return askOnce(plan, entry, { kind: 'once' }, read)
}

/**
 * Sends requests one after the other from a generator process of its own.
 * @throws as {@link exchangeOnce}
 */
export async function answersOf(plan: LoadPlan, entry: URL, series: AnswersAsked): Promise<Answers> {
  const read = (report: GeneratorReport): Answers | null => (report.kind === 'answered' ? report.answers : null)
  return askOnce(plan, entry, { kind: 'answers', series }, read)
}

/** Asks one thing of a generator process that is ready, and ends it. */
async function askOnce<Result>(
  plan: LoadPlan,
  entry: URL,
  command: GeneratorCommand,
  read: (report: GeneratorReport) => Result | null,
): Promise<Result> {
  let generator: GeneratorProcess | undefined
  try {
    return await new Promise<Result>((resolve, reject) => {
      generator = new GeneratorProcess(0, entry, {
        report: (report) => {
          const result = read(report)
          if (result !== null) resolve(result)
          else if (report.kind === 'ready') generator?.send(command)
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
