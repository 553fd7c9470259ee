import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { Engine, GeneratorTeam } from './engine.ts'
import type { Answers, AnswersAsked, Exchange, GeneratorCommand, GeneratorReport } from './protocol.ts'

/**
 * Sends one request from a generator of its own and returns what went over the wire, for writing a scenario.
 * @throws LoadError `scenario-failed` with the scenario's own error, `load-aborted` when the generator ended early
 */
export async function exchangeOnce(plan: LoadPlan, engine: Engine): Promise<Exchange> {
  const read = (report: GeneratorReport): Exchange | null => (report.kind === 'exchanged' ? report.exchange : null)
  return askOnce(plan, engine, { kind: 'once' }, read)
}

/**
 * Sends requests one after the other from a generator of its own.
 * @throws as {@link exchangeOnce}
 */
export async function answersOf(plan: LoadPlan, engine: Engine, series: AnswersAsked): Promise<Answers> {
  const read = (report: GeneratorReport): Answers | null => (report.kind === 'answered' ? report.answers : null)
  return askOnce(plan, engine, { kind: 'answers', series }, read)
}

/** Asks one thing of a generator that is ready, and ends it. */
async function askOnce<Result>(
  plan: LoadPlan,
  engine: Engine,
  command: GeneratorCommand,
  read: (report: GeneratorReport) => Result | null,
): Promise<Result> {
  let team: GeneratorTeam | undefined
  try {
    return await new Promise<Result>((resolve, reject) => {
      team = engine.team(
        { ...plan, generators: 1 },
        {
          report: (report) => {
            const result = read(report)
            if (result !== null) resolve(result)
            else if (report.kind === 'ready') team?.send(0, command)
            else if (report.kind === 'scenario-error') {
              reject(new LoadError('scenario-failed', report.error.message, { cause: report.error }))
            }
          },
          output: () => undefined,
          named: () => undefined,
          stopped: (reason) => reject(new LoadError('load-aborted', reason)),
          lost: (_, reason) => reject(new LoadError('load-aborted', `the generator ${reason}`)),
        },
      )
    })
  } finally {
    await team?.close()
  }
}
