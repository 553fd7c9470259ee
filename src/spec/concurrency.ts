import { speedupOf } from '../compare/speedup.ts'
import type { ConcurrencySummary, Speedup } from '../domain/concurrency.ts'
import { LoadError } from '../domain/load-error.ts'
import type { Scenario } from '../domain/scenario.ts'
import type { Measurement } from '../measure/measurement.ts'
import { type ConcurrencyOptions, concurrencyQuestion } from '../plan/concurrency-options.ts'
import type { LoadSession } from './load-session.ts'

/** What `compareConcurrency()` found: two measurements, and what follows from them. */
export interface ConcurrencyComparison extends Speedup {
  /** The same requests one after the other. */
  readonly sequential: Measurement
  /** And by several users at once. */
  readonly concurrent: Measurement
}

/** What the comparison needs of its test's loads. */
export type ConcurrencySession = Pick<LoadSession, 'answers' | 'beginSearch' | 'load' | 'signal'>

const UNKNOWN: Speedup = { speedup: null, speedupInterval: null, efficiency: null }

/**
 * Sends the same requests one after the other and then by several users at once.
 * @throws LoadError `invalid-option`, `scenario-failed`, `load-aborted`
 */
export async function compareConcurrency(
  session: ConcurrencySession,
  scenario: Scenario,
  options: ConcurrencyOptions,
): Promise<ConcurrencyComparison> {
  const question = concurrencyQuestion(options)
  const { specId, tell } = session.beginSearch(question.label)
  const tellEnd = (end: ConcurrencySummary['end'], speedup: Speedup = UNKNOWN): void =>
    tell({
      kind: 'concurrency',
      specId,
      title: [specId.path.at(-1) ?? specId.file, question.label].join(' · '),
      users: question.users,
      sequential: question.sequential.label,
      concurrent: question.concurrent.label,
      ...speedup,
      end,
    })
  tellEnd(null)
  try {
    if (question.warmup > 0) await session.answers(scenario, { requests: question.warmup, goodWithinUs: 0 })
    const sequential = await session.load(scenario, question.sequential)
    if (session.signal.aborted) throw new LoadError('load-aborted', 'the comparison was stopped')
    const concurrent = await session.load(scenario, question.concurrent)
    if (session.signal.aborted) throw new LoadError('load-aborted', 'the comparison was stopped')
    const speedup = speedupOf(sequential, concurrent, question.users)
    tellEnd('done', speedup)
    return { sequential, concurrent, ...speedup }
  } catch (error) {
    tellEnd('aborted')
    throw error
  }
}
