import {
  decodeRates,
  type EngineAnswer,
  type EngineSummary,
  type Overhead,
  outputRates,
  prefillRates,
  rateOf,
} from '../domain/engine-run.ts'
import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import { EngineRun } from '../measure/engine-run.ts'
import { type EngineCall, type EngineOptions, engineQuestion } from './engine-options.ts'
import type { LoadSession } from './load-session.ts'

/** What an engine's runs need of their test. */
export type EngineSession = Pick<LoadSession, 'beginSearch' | 'signal'>

/** Runs a command to its end. @returns what it printed; @throws LoadError `server-failed` when it fails or takes too long */
export type RunCommand = (command: readonly string[], options: EngineOptions, signal: AbortSignal) => Promise<string>

/**
 * Runs an engine by its own command or in this process, one prompt after the other, and reads what it tells of itself.
 * @throws LoadError `server-failed`, `not-measured` when its output tells no times, `invalid-option`, `load-aborted`
 */
export async function withoutServer(
  session: EngineSession,
  runCommand: RunCommand,
  options: EngineOptions,
): Promise<EngineRun> {
  const question = engineQuestion(options)
  const { specId, tell } = session.beginSearch(question.label)
  const title = [specId.path.at(-1) ?? specId.file, question.label].join(' · ')
  const answers: EngineAnswer[] = []
  const overheads: Overhead[] = []
  let runs = 0
  const tellEnd = (end: EngineSummary['end']): void =>
    tell({
      kind: 'engine',
      specId,
      title,
      asked: question.runs,
      runs,
      prefill: rateOf(prefillRates(answers)),
      decode: rateOf(decodeRates(answers)),
      output: rateOf(outputRates(answers)),
      overheads: [...overheads],
      notes: [],
      end,
    })
  const one = async (call: EngineCall): Promise<EngineAnswer[]> => {
    const found =
      call.kind === 'function'
        ? [checked(await call.call())]
        : read(call, await runCommand(call.command, options, session.signal))
    if (session.signal.aborted) throw new LoadError('load-aborted', 'the runs of the engine were stopped')
    return found
  }
  tellEnd(null)
  try {
    for (let k = 0; k < question.warmup; k++) await one(question.run(k))
    for (; runs < question.runs; tellEnd(null)) {
      answers.push(...(await one(question.run(runs))))
      runs++
    }
  } catch (error) {
    tellEnd('aborted')
    throw error
  }
  tellEnd('done')
  return new EngineRun({ schema: 'perf/engine@1', title, answers }, (overhead) => {
    const known = overheads.findIndex(({ load }) => load === overhead.load)
    overheads.splice(known < 0 ? overheads.length : known, known < 0 ? 0 : 1, overhead)
    tellEnd('done')
  })
}

function read(call: Extract<EngineCall, { kind: 'command' }>, output: string): EngineAnswer[] {
  const answers = call.read(output)
  if (answers.length > 0) return answers
  throw new LoadError(
    'not-measured',
    `withoutServer(): no time was found in what this command printed: ${call.command.join(' ')}\n${output.trimEnd()}`,
    { hint: 'option read says where tokens and times stand' },
  )
}

/** A function of the user's: what it returns is checked like any option. */
function checked(answer: EngineAnswer): EngineAnswer {
  const numbers = ['promptTokens', 'prefillMs', 'tokens', 'decodeMs'] as const
  const wrong =
    typeof answer !== 'object' || answer === null
      ? answer
      : numbers
          .map((name) => answer[name])
          .find((value) => value !== null && !(typeof value === 'number' && value >= 0))
  if (wrong === undefined && typeof answer === 'object' && numbers.every((name) => name in answer)) return answer
  throw new LoadError(
    'invalid-option',
    `withoutServer({ generate }): it returned ${describe(answer)}, takes { promptTokens, prefillMs, tokens, decodeMs }, each a number or null`,
  )
}
