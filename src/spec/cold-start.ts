import { type ColdStartRun, type ColdStartSummary, warmingOf } from '../domain/cold-start.ts'
import type { OnInconclusive } from '../domain/load-plan.ts'
import { LoadError } from '../domain/load-error.ts'
import type { Scenario } from '../domain/scenario.ts'
import type { ExpectationRecord } from '../domain/verdict.ts'
import { formatDuration } from '../format/quantity-text.ts'
import { attachStarts } from '../matchers/cold-start-subject.ts'
import { ColdStart } from '../measure/cold-start.ts'
import { type ColdStartOptions, type ColdStartQuestion, coldStartQuestion } from '../plan/cold-start-options.ts'
import { isScenario } from '../plan/resolve-services.ts'
import type { LoadSession } from './load-session.ts'
import { modelLoadUs } from './model-load.ts'
import { nowUs } from '../domain/shared-clock.ts'
import type { RunningServer, ServerOptions } from './server-process.ts'

/** What a cold start needs of its test. */
export type ColdStartSession = Pick<LoadSession, 'answers' | 'beginSearch' | 'nextColdStart' | 'signal'>

/** What is sent; a function of the server's address where that is known only when it runs. */
export type ColdScenario = Scenario | ((server: RunningServer) => Scenario)

/** Effects of starting. */
export interface ColdStartEnvironment {
  start(options: ServerOptions): Promise<RunningServer>
  readonly onInconclusive: OnInconclusive
}

/** Longest pause between ready and our first request that goes without a word. */
const IDLE_WORTH_TELLING_US = 50e3

/**
 * Starts the server again and again, and after each start sends requests one after the other.
 * @throws LoadError `server-failed` when it does not become ready or gives no good answer, `invalid-option`, `load-aborted`
 */
export async function coldStarts(
  session: ColdStartSession,
  environment: ColdStartEnvironment,
  target: RunningServer | ServerOptions,
  scenario: ColdScenario,
  options?: ColdStartOptions,
): Promise<ColdStart> {
  const question = coldStartQuestion(options)
  const label = question.label ?? session.nextColdStart()
  const { specId, tell } = session.beginSearch(label)
  const title = [specId.path.at(-1) ?? specId.file, label].join(' · ')
  const runs: ColdStartRun[] = []
  const expectations: ExpectationRecord[] = []
  const tellEnd = (end: ColdStartSummary['end']): void =>
    tell({
      kind: 'cold-start',
      specId,
      title,
      asked: question.runs,
      runs: [...runs],
      expectations: [...expectations],
      notes: notesOf(runs, question),
      end,
    })
  const stopped = (): void => {
    if (session.signal.aborted) throw new LoadError('load-aborted', 'the cold starts were stopped')
  }
  tellEnd(null)
  // A server of our own is started for the first run and ended after the last one; another one goes on.
  let own: RunningServer | null = null
  try {
    for (let run = 0; run < question.runs; run++) {
      const server: RunningServer = 'restart' in target ? target : (own ?? (own = await environment.start(target)))
      if ('restart' in target || run > 0) await server.restart()
      stopped()
      runs.push(await startOf(session, server, scenario, question))
      stopped()
      tellEnd(null)
    }
  } catch (error) {
    tellEnd('aborted')
    throw error
  } finally {
    await own?.stop()
  }
  tellEnd('done')
  const found = new ColdStart(title, runs)
  attachStarts(found, {
    onInconclusive: environment.onInconclusive,
    record: (expectation) => {
      expectations.push(expectation)
      tellEnd('done')
    },
  })
  return found
}

async function startOf(
  session: ColdStartSession,
  server: RunningServer,
  scenario: ColdScenario,
  { requests, goodWithinUs, modelLoad }: ColdStartQuestion,
): Promise<ColdStartRun> {
  const readySeenUs = nowUs()
  const sent = isScenario(scenario) ? scenario : scenario(server)
  const answers = await session.answers(sent, { requests, goodWithinUs })
  const { firstGoodUs, failedBefore, latenciesUs, exchange } = answers
  if (firstGoodUs === null) {
    const why =
      exchange.failure === null
        ? ''
        : `: ${exchange.failure.kind} ${exchange.failure.detail}: ${exchange.failure.message}`
    throw new LoadError(
      'server-failed',
      `coldStart(): no good answer within ${formatDuration(goodWithinUs)} of ready, ${failedBefore} attempts failed${why}`,
      { hint: '`await once(scenario)` prints one request with its response' },
    )
  }
  const readyUs = Math.round(server.readyMs * 1e3)
  return {
    readyUs,
    modelLoadUs: modelLoad === null ? null : modelLoadUs(modelLoad, server.output(), exchange),
    firstAnswerUs: firstGoodUs,
    coldStartUs: readyUs + firstGoodUs,
    idleUs: Math.max(0, answers.firstSentUs - readySeenUs),
    failedBefore,
    latenciesUs,
    ...warmingOf(latenciesUs),
  }
}

function notesOf(runs: readonly ColdStartRun[], { modelLoad, runs: asked }: ColdStartQuestion): string[] {
  const idleUs = Math.max(0, ...runs.map((run) => run.idleUs))
  const untold = runs.filter((run) => run.modelLoadUs === null).length
  return [
    ...(idleUs > IDLE_WORTH_TELLING_US
      ? [
          `the first request went out up to ${formatDuration(idleUs)} after ready: work that the server did by itself in that time is in no figure`,
        ]
      : []),
    ...(modelLoad !== null && untold > 0 ? [`${untold} of ${runs.length} starts did not tell the model load`] : []),
    ...(asked > 1 && runs.length > 1
      ? [
          'files that the first start read are in memory for the others: all but the first start are cold as processes only',
        ]
      : []),
  ]
}
