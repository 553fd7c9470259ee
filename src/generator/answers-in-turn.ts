import { setTimeout as sleep } from 'node:timers/promises'
import type { ScenarioPlan } from '../domain/scenario.ts'
import type { Answers, AnswersAsked, Exchange } from '../pool/protocol.ts'
import { withExchanges } from './exchange-once.ts'

/** Between two attempts at a first good answer: a server that starts may refuse at once. */
const RETRY_MS = 20

/**
 * Sends requests of a scenario one after the other: until the first good answer, and from there on as many as asked for.
 * @param clockUs monotonic clock, microseconds
 * @throws as `exchangeOnce`
 */
export function answersInTurn(
  scenario: ScenarioPlan,
  { requests, goodWithinUs }: AnswersAsked,
  clockUs: () => number,
): Promise<Answers> {
  return withExchanges(scenario, clockUs, async (exchange) => {
    const firstSentUs = clockUs()
    let k = 0
    let first = await exchange(k++)
    while (first.failure !== null && clockUs() - firstSentUs < goodWithinUs) {
      await sleep(RETRY_MS)
      first = await exchange(k++)
    }
    const failedBefore = first.failure === null ? k - 1 : k
    const firstGoodUs = first.failure === null ? clockUs() - firstSentUs : null
    const latenciesUs = [latencyUs(first)]
    const more = firstGoodUs === null ? 0 : requests - 1
    for (let i = 0; i < more; i++) latenciesUs.push(latencyUs(await exchange(k++)))
    return { firstSentUs, failedBefore, firstGoodUs, latenciesUs, exchange: first }
  })
}

function latencyUs({ failure, timings }: Exchange): number | null {
  const totalMs = timings['total'] ?? null
  return failure === null && totalMs !== null ? Math.round(totalMs * 1e3) : null
}
