import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import type { Answers, AnswersAsked, Exchange, HostEnvelope } from '../pool/protocol.ts'
import { type HostLink, hostError } from './host-link.ts'
import type { LoadContext } from './load-session.ts'

/** Sends one request and returns request and response. @throws LoadError see the codes */
export async function exchangeOf(link: HostLink, context: LoadContext, plan: LoadPlan): Promise<Exchange> {
  const answer = await ask(link, context, plan)
  if (answer.kind === 'exchanged') return answer.exchange
  throw wrongAnswer()
}

/** Sends requests one after the other and returns what came of them. @throws LoadError see the codes */
export async function answersOf(
  link: HostLink,
  context: LoadContext,
  plan: LoadPlan,
  series: AnswersAsked,
): Promise<Answers> {
  const answer = await ask(link, context, plan, series)
  if (answer.kind === 'answered') return answer.answers
  throw wrongAnswer()
}

/** The load host answered something else than was asked. */
export function wrongAnswer(): LoadError {
  return new LoadError('load-aborted', 'the load host answered something else than was asked')
}

async function ask(
  link: HostLink,
  { signal, skip }: LoadContext,
  plan: LoadPlan,
  series?: AnswersAsked,
): Promise<HostEnvelope> {
  const request = { kind: 'once', plan, ...(series === undefined ? {} : { series }) } as const
  const answer = await link.request(request, signal)
  if (answer.kind === 'failed') throw hostError(answer.error)
  return answer.kind === 'skipped' ? skip(answer.reason) : answer
}
