import type { RateRule } from './rate-claim.ts'
import type { Subject } from './subject.ts'

/** Why a claim on tokens per second cannot be judged. */
export const NO_TOKENS: RateRule['absence'] = {
  reason: 'no output tokens were counted',
  advice: 'the scenario must read generated text or the usage that the server reports',
}

/** Says when the tokens were not counted by the server; empty when they were. */
export function tokenSourceNote({ data }: Subject): string {
  return data.tokenSource === 'usage' ? '' : ' (counted by a tokenizer here, not by the server)'
}
