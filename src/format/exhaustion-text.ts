import type { ExhaustionSign, ExhaustionSummary, SignKind } from '../domain/exhaustion.ts'
import { levelText } from './capacity-text.ts'

const WORDS: Readonly<Record<SignKind, string>> = {
  'host-cpu': 'host processors busy',
  'host-memory': 'host memory used up',
  generator: 'generator could not keep up',
  latency: 'latency rising',
  queue: 'queue growing',
  http: 'HTTP',
  timeout: 'timeout',
  connection: 'connection',
  protocol: 'malformed answers',
  check: 'answers failed the check',
  aborted: 'requests left unanswered',
}

/** What a sign is called: `latency rising`, `HTTP 503`, `connection refused`. */
export function signText({ kind, detail }: Pick<ExhaustionSign, 'kind' | 'detail'>): string {
  const named: readonly SignKind[] = ['http', 'timeout', 'connection']
  return named.includes(kind) && detail !== '' ? `${WORDS[kind]} ${detail}` : WORDS[kind]
}

/** What gave out first, in a sentence. */
export function exhaustionText({ signs, end, by, to }: ExhaustionSummary): string {
  const [first] = signs
  if (first === undefined) {
    return end === 'to-reached' ? `nothing gave out up to ${levelText(by, to)}` : 'nothing has given out so far'
  }
  if (first.kind === 'generator') {
    return `the generator gave out first, at ${levelText(by, first.level)}: the target's limit was not reached`
  }
  return `first: ${signText(first)} at ${levelText(by, first.level)}`
}
