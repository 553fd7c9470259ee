import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { APIS } from '../../../../fixtures/inference-server/http/api.ts'
import { type Frame, usageOf } from '../../../../fixtures/inference-server/http/reply.ts'
import type { ModelScenarioPlan, Scenario } from '../../../../src/domain/scenario.ts'
import { anthropic } from '../../../../src/scenarios/anthropic.ts'
import { json } from '../../../../src/scenarios/json.ts'
import { DeltaTemplate } from '../../../../src/scenarios/delta-template.ts'
import { dialectOf } from '../../../../src/scenarios/dialects/index.ts'
import { llamacpp } from '../../../../src/scenarios/llamacpp.ts'
import { ollama } from '../../../../src/scenarios/ollama.ts'
import { openai } from '../../../../src/scenarios/openai.ts'
import { tgi } from '../../../../src/scenarios/tgi.ts'
import { event, readAnswer } from '../read-answer.ts'

const baseUrl = 'http://127.0.0.1:1'
const model = 'm'
const messages = [{ role: 'user', content: 'x' }]
const PIECES = ['Héllo', ' "wörld"', '\n', ' 😀', ' {', ' }', ' end']

/** A good stream of the fixture, which writes what each API's specification says. */
function streamOf(path: string): string {
  const api = APIS[path]!
  const body = {
    parameters: { details: true },
    inputs: 'x',
    prompt: 'x',
    input: 'x',
    messages,
    stream_options: { include_usage: true },
  }
  const reply = api.reply({ id: '1', created: 1, model }, api.read(body), body)
  const times = { queue: 1, prefill: 20, decode: 30 }
  const outcome = {
    reason: 'length',
    text: PIECES.join(''),
    usage: usageOf(9, PIECES.length),
    times,
    showUsage: true,
  } as const
  const frames: readonly Frame[] = [
    ...(reply.opening?.(9) ?? []),
    ...PIECES.map((piece, i) => reply.token(piece, usageOf(9, i + 1))),
    ...reply.closing(outcome),
  ]
  const line = ({ type, data }: Frame): string => `${type === undefined ? '' : `event: ${type}\n`}data: ${data}\n\n`
  return frames.map((frame) => (reply.framing === 'ndjson' ? `${frame.data}\n` : line(frame))).join('')
}

/** A stream, and what in it says that it is over. */
const STREAMS: readonly (readonly [name: string, scenario: Scenario, bytes: string, over: string])[] = [
  ['openai.chat', openai.chat({ baseUrl, model, messages }), streamOf('/v1/chat/completions'), '"length"'],
  ['openai.completion', openai.completion({ baseUrl, model, prompt: 'x' }), streamOf('/v1/completions'), '"length"'],
  ['openai.responses', openai.responses({ baseUrl, model, input: 'x' }), streamOf('/v1/responses'), '"incomplete"'],
  ['tgi.generate', tgi.generate({ baseUrl, prompt: 'x' }), streamOf('/generate_stream'), '</s>'],
  ['llamacpp.completion', llamacpp.completion({ baseUrl, prompt: 'x' }), streamOf('/completion'), '"stop":true'],
  ['ollama.chat', ollama.chat({ baseUrl, model, messages }), streamOf('/api/chat'), '"done":true'],
  [
    'anthropic.messages',
    anthropic.messages({ baseUrl, model, messages, maxTokens: 9 }),
    streamOf('/v1/messages'),
    '"max_tokens"',
  ],
  [
    'json',
    json({ url: baseUrl, body: {}, stream: 'sse', read: { text: 't', outputTokens: 'n', done: 'end' } }),
    PIECES.map((t) => event({ t, end: false })).join('') + event({ n: 7, end: true }),
    '"end":true',
  ],
]

const read = (scenario: Scenario, bytes: Buffer): ReturnType<typeof readAnswer> => {
  const type = scenario.name === 'chat m' && bytes[0] === 123 ? 'application/x-ndjson' : 'text/event-stream'
  return readAnswer(scenario.plan() as ModelScenarioPlan, { chunks: [bytes], headers: { 'content-type': type } })
}

test.each(STREAMS)(
  '%s: the whole stream is good, whatever ends before its end is a protocol failure',
  (_name, scenario, text, over) => {
    const bytes = Buffer.from(text)
    expect(read(scenario, bytes)).toMatchObject({ visible: PIECES.join(''), outputTokens: 7, deltas: 7, failure: null })
    const end = bytes.indexOf(over)
    const good = Array.from({ length: end }, (_, at) => read(scenario, bytes.subarray(0, at)).failure)
    expect(good.filter((failure) => failure?.kind !== 'protocol')).toEqual([])
  },
)

test.each(STREAMS)(
  '%s: no damage to the bytes makes the reader throw, hang, or say anything but what failed',
  (_name, scenario, text) => {
    const bytes = Buffer.from(text)
    const damage = fc.record({ at: fc.nat(bytes.length), cut: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) })
    let failed = 0
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (edits) => {
        const broken = edits.reduce(
          (from, { at, cut, put }) => Buffer.concat([from.subarray(0, at), put, from.subarray(at + cut)]),
          bytes,
        )
        const { failure } = read(scenario, broken)
        if (failure === null) return
        failed++
        expect(failure.message.length).toBeLessThanOrEqual(300)
        expect(['protocol', 'check', 'http']).toContain(failure.kind)
      }),
      { numRuns: 300 },
    )
    expect(failed).toBeGreaterThan(100)
  },
)

test.each(STREAMS)(
  '%s: what a delta says is known without parsing it, once one like it was parsed',
  (_name, scenario, text) => {
    const plan = scenario.plan() as ModelScenarioPlan
    const chunks = text.split('\n').flatMap((line) => /^(?:data: )?(\{.*\})$/.exec(line)?.[1] ?? [])
    const deltas = chunks.filter((chunk) => chunk.includes('Héllo') || chunk.includes(' 😀') || chunk.includes(' end"'))
    const type = /^event: (.*delta)$/m.exec(text)?.[1] ?? 'message'
    const template = DeltaTemplate.of(dialectOf(plan), type, deltas[0]!, 'Héllo')!
    expect([template.type, template.channel]).toEqual([type, 'visible'])
    expect(template.textOf(deltas[1]!)).toBe(' 😀')
    expect(template.textOf(chunks.at(-1)!)).toBeNull()
  },
)
