import type { ResponseHeaders, ResponseReader, ResponseResult } from '../../../src/scenarios/exchange.ts'
import { modelReaders } from '../../../src/scenarios/model-reader.ts'
import { openAiCallPlan } from '../../../src/scenarios/openai.ts'
import type { CheckPlan, ModelScenarioPlan } from '../../../src/domain/scenario.ts'

/** Counts words: unlike any usage that a test plants. */
export const countWords = (text: string): number => (text === '' ? 0 : text.trim().split(/\s+/).length)

/** An answer as the wire brings it. */
export interface Answer {
  readonly chunks: readonly Buffer[]
  readonly status?: number
  readonly headers?: ResponseHeaders
  readonly trailers?: ResponseHeaders
  /** Arrival of chunk i. @default 1000 */
  readonly atUs?: (i: number) => number
}

/** What a reader made of an answer, with the times its sink heard. */
export interface Reading extends ResponseResult {
  readonly heard: readonly number[]
  readonly visible: string
}

export function chatPlan(overrides: Partial<ModelScenarioPlan> = {}): ModelScenarioPlan {
  const plan = openAiCallPlan('chat', {
    baseUrl: 'http://127.0.0.1:1',
    model: 'm',
    messages: [{ role: 'user', content: 'x' }],
  })
  return { ...plan, ...overrides }
}

export const CHECK: CheckPlan = { bodyIncludes: null, bodyMatches: null, json: null, minBytes: null }

/** A reader that has read a stream's text and waits for its end. */
export function readerOf(text: string, keepBytes = 0): ResponseReader {
  const reader = modelReaders(chatPlan(), countWords)({ delta: () => {} }, keepBytes)
  reader.head(200, { 'content-type': 'text/event-stream' })
  reader.data(Buffer.from(text), 1000)
  return reader
}

/** Reads an answer as `openai.chat` does. */
export function readChat(answer: Answer, plan: ModelScenarioPlan = chatPlan()): Reading {
  return readAnswer(plan, answer)
}

/** Reads an answer as scenarios of this plan do. */
export function readAnswer(plan: ModelScenarioPlan, answer: Answer): Reading {
  const heard: number[] = []
  const reader = modelReaders(plan, countWords)({ delta: (atUs) => heard.push(atUs) }, 0)
  reader.head(answer.status ?? 200, answer.headers ?? { 'content-type': 'text/event-stream; charset=utf-8' })
  // Each chunk is wiped after the call, as a transport that reuses its buffer would do.
  answer.chunks.forEach((chunk, i) => {
    const lent = Buffer.from(chunk)
    reader.data(lent, answer.atUs?.(i) ?? 1000)
    lent.fill(0)
  })
  return { ...reader.end(answer.trailers ?? {}), heard, visible: reader.visibleText() }
}

/** The text in two pieces, cut at a byte. */
export function cutAt(text: string | Buffer, at: number): Buffer[] {
  const bytes = Buffer.from(text)
  return [bytes.subarray(0, at), bytes.subarray(at)]
}

export const whole = (text: string): Buffer[] => [Buffer.from(text)]

/** One event of a stream. */
export const event = (value: unknown): string =>
  `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`

/** A chunk of a chat stream. */
export const delta = (fields: object, finish: string | null = null): object => ({
  id: 'c1',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: fields, finish_reason: finish }],
})
