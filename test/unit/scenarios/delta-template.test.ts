import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DeltaTemplate } from '../../../src/scenarios/delta-template.ts'
import { ModelAnswer } from '../../../src/scenarios/dialects/model-answer.ts'
import { openAiChoices } from '../../../src/scenarios/dialects/openai-choices.ts'

const chunk = (content: string, fields: object = {}): string =>
  JSON.stringify({
    id: 'c-9f07',
    created: 1700,
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
    ...fields,
  })

const template = (json: string, text: string): DeltaTemplate => DeltaTemplate.of(openAiChoices, 'message', json, text)!

describe('a chunk fits', () => {
  test.each([
    ['with another text', chunk(' world'), ' world'],
    ['with the same text', chunk('Hello'), 'Hello'],
    ['with other numbers', chunk(' world').replace('1700', '20'), ' world'],
    ['with a text beyond ASCII', chunk('h\u00e9 \u{1f600}'), 'h\u00e9 \u{1f600}'],
    ['with a text that looks like structure', chunk("}],'x':{"), "}],'x':{"],
  ])('%s', (_how, json, text) => {
    expect(template(chunk('Hello'), 'Hello').textOf(json)).toBe(text)
  })

  test('in the completion dialect and on the hidden channel too', () => {
    const completion = (text: string): string => JSON.stringify({ choices: [{ text, index: 0 }] })
    expect(template(completion('a'), 'a')).toMatchObject({ channel: 'visible' })
    expect(template(completion('a'), 'a').textOf(completion('bc'))).toBe('bc')
    const thought = (text: string): string => JSON.stringify({ choices: [{ delta: { reasoning_content: text } }] })
    expect(template(thought('a'), 'a')).toMatchObject({ channel: 'hidden' })
    expect(template(thought('a'), 'a').textOf(thought('bc'))).toBe('bc')
  })
})

test.each([
  ['with an empty text', chunk('')],
  ['with an escape', chunk('a\nb')],
  ['with a quote', chunk('a"b')],
  ['with usage', chunk('x', { usage: { completion_tokens: 3 } })],
  ['with an error', chunk('x', { error: 'no' })],
  ['with another field', chunk('x').replace('"delta":{', '"delta":{"role":"assistant",')],
  ['with a reason to finish', chunk('x').replace('"finish_reason":null', '"finish_reason":"stop"')],
  ['with a number that is none', chunk('x').replace('1700', '0017')],
  ['that is cut off', chunk('x').slice(0, -1)],
  ['with something after it', `${chunk('x')} `],
  ['that is something else', '[DONE]'],
])('a chunk %s does not fit', (_how, json) => {
  expect(template(chunk('Hello'), 'Hello').textOf(json)).toBeNull()
})

test.each([
  ['whose text stands there twice', JSON.stringify({ choices: [{ delta: { content: 'a', reasoning: 'b' } }] }), 'a'],
  ['with usage', chunk('a', { usage: { completion_tokens: 1 } }), 'a'],
  ['that finishes', chunk('a').replace('"finish_reason":null', '"finish_reason":"stop"'), 'a'],
  ['of two choices', JSON.stringify({ choices: [{ text: 'a' }, { text: 'b' }] }), 'ab'],
  ['with an escape beside the text', chunk('a', { model: 'x"y' }), 'a'],
])('a chunk %s makes no template', (_how, json, text) => {
  expect(DeltaTemplate.of(openAiChoices, 'message', json, text)).toBeNull()
})

test('whatever fits parses to just that text', () => {
  const bits = [
    '0',
    '7',
    '00',
    '"',
    '\\',
    ',',
    '}',
    ']',
    ' ',
    '-',
    '.',
    'e',
    'u',
    '\n',
    'x',
    '"usage":1,',
    '"content":"y",',
  ]
  const first = chunk('Hello', { model: 'm-1.05', logprobs: [-0.25, 1e3] })
  const fitting = template(first, 'Hello')
  let fitted = 0
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 8 }),
      fc.array(fc.record({ at: fc.nat(200), cut: fc.nat(2), put: fc.constantFrom('', ...bits) }), { maxLength: 2 }),
      (content, edits) => {
        const json = edits.reduce(
          (text, { at, cut, put }) => text.slice(0, at % text.length) + put + text.slice((at % text.length) + cut),
          first.replace('Hello', content),
        )
        const text = fitting.textOf(json)
        if (text === null) return
        fitted++
        const parsed = JSON.parse(json) as { usage?: unknown; error?: unknown }
        const answer = new ModelAnswer()
        openAiChoices.chunk(parsed, answer)
        expect([answer.visible.toString(), answer.hidden.toString(), answer.finishReason]).toEqual([text, '', null])
        expect(parsed.usage ?? parsed.error).toBeUndefined()
      },
    ),
    { numRuns: 2000 },
  )
  expect(fitted).toBeGreaterThan(200)
})
