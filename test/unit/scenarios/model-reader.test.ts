import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHECK, chatPlan, cutAt, delta, event, readChat, readerOf, whole } from './read-answer.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }
const USAGE = { usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 } }
const ROLE = event(delta({ role: 'assistant', content: '' }))
const DONE = event('[DONE]')
const FINISH = event(delta({}, 'stop'))
const GOOD = `${ROLE}${event(delta({ content: 'Hello' }))}${event(delta({ content: ' wörld 😀' }))}${FINISH}${event({ choices: [], ...USAGE })}${DONE}`

const GOOD_RESULT = {
  deltas: 2,
  visible: 'Hello wörld 😀',
  inputTokens: 11,
  outputTokens: 7,
  tokenSource: 'usage',
  failure: null,
}

/** Streams as servers send them; what comes out must not depend on where the bytes are cut. */
const GOLDEN: readonly (readonly [name: string, text: string, result: object])[] = [
  ['content with usage chunk', GOOD, GOOD_RESULT],
  ['CRLF line ends, comments and a BOM', `\uFEFF: hi\r\n\r\n${GOOD.replaceAll('\n', '\r\n')}`, GOOD_RESULT],
  ['CR line ends', GOOD.replaceAll('\n', '\r'), GOOD_RESULT],
  [
    'an event over several data lines',
    `data: {"choices":[{"index":0,\ndata: "delta":{"content":"é"},\ndata: "finish_reason":"stop"}]}\n\n${DONE}`,
    { deltas: 1, visible: 'é', outputTokens: 1, tokenSource: 'estimated', failure: null },
  ],
  [
    'reasoning under one name or both, then content',
    `${ROLE}${event(delta({ reasoning_content: 'hm ' }))}${event(delta({ reasoning: 'so', reasoning_content: 'so' }))}${event(delta({ content: 'x' }))}${FINISH}${DONE}`,
    { deltas: 3, visible: 'x', firstVisibleAt: 1000, outputTokens: 3, failure: null },
  ],
  [
    'tool calls only',
    `${ROLE}${event(delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] }))}${event(delta({ tool_calls: [{ index: 0, function: { arguments: '{}' } }] }))}${event(delta({}, 'tool_calls'))}${DONE}`,
    { deltas: 2, visible: '', firstDeltaAt: 1000, firstVisibleAt: null, failure: null },
  ],
  [
    'an error in the middle',
    `${ROLE}${event(delta({ content: 'a' }))}${event({ error: { message: 'KV cache é is full', code: 500 } })}${DONE}`,
    {
      deltas: 1,
      failure: {
        kind: 'http',
        detail: 'stream_error',
        message: 'the server answered 200, then an error: KV cache é is full',
      },
    },
  ],
  [
    'broken JSON',
    `${ROLE}${event('{"choices": [{"delta": {"content": "ü')}`,
    {
      deltas: 0,
      failure: {
        kind: 'protocol',
        detail: 'malformed_event',
        message: `not a JSON object: '{"choices": [{"delta": {"content": "ü'`,
      },
    },
  ],
  [
    'the whole answer in one chunk, as @dwmkerr/mock-llm 0.1.29 sends it',
    `${event({ id: 'chatcmpl-1795524038256', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { content: 'hello world', role: 'assistant' }, finish_reason: 'stop' }] })}${DONE}`,
    { deltas: 1, outputTokens: 2, tokenSource: 'estimated', firstDeltaAt: 1000, lastDeltaAt: 1000, failure: null },
  ],
  [
    'an early end',
    `${ROLE}${event(delta({ content: 'a' }))}data: {"choi`,
    {
      deltas: 1,
      outputTokens: null,
      failure: {
        kind: 'protocol',
        detail: 'ended_early',
        message: "the stream ended early: no [DONE] and no finish_reason after 1 deltas, then 'data: {\"choi'",
      },
    },
  ],
  [
    'a page instead of a stream',
    '<html>\n<body>Bad gateway</body>\n\n</html>\n',
    {
      deltas: 0,
      failure: {
        kind: 'protocol',
        detail: 'malformed_stream',
        message: "no event in the stream: '<html>\\n<body>Bad gateway</body>\\n\\n</html>\\n'",
      },
    },
  ],
]

describe('reading a chat stream', () => {
  test.each(GOLDEN)('%s: the same result wherever the bytes are cut', (_name, text, result) => {
    const bytes = Buffer.from(text)
    const expected = readChat({ chunks: [bytes] })
    expect(expected).toMatchObject(result)
    for (let at = 0; at <= bytes.length; at++) {
      expect(readChat({ chunks: cutAt(bytes, at) }), `cut at ${at}`).toEqual(expected)
    }
    expect(readChat({ chunks: [...bytes].map((byte) => Buffer.from([byte])) }), 'byte by byte').toEqual(expected)
  })

  test('any cuts into any number of pieces change nothing', () => {
    const bytes = Buffer.from(GOOD.replaceAll('\n', '\r\n'))
    const expected = readChat({ chunks: [bytes] })
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const chunks = places.slice(1).map((place, i) => bytes.subarray(places[i], place))
        expect(readChat({ chunks })).toEqual(expected)
      }),
    )
  })

  test('stamps first delta, first visible delta and last delta when their last byte was read', () => {
    const parts = [
      ROLE,
      event(delta({ reasoning: 'hm' })),
      event(delta({ content: 'a' })),
      event(delta({ content: 'b' })),
      FINISH + DONE,
    ]
    const read = readChat({ chunks: parts.map((part) => Buffer.from(part)), atUs: (i) => (i + 1) * 100 })
    expect(read).toMatchObject({
      firstDeltaAt: 200,
      firstVisibleAt: 300,
      lastDeltaAt: 400,
      deltas: 3,
      heard: [200, 300, 400],
      failure: null,
    })
  })

  test('an event that is cut counts when it is complete', () => {
    const [head, tail] = cutAt(event(delta({ content: 'a' })), 20)
    const read = readChat({ chunks: [head!, tail!, Buffer.from(DONE)], atUs: (i) => (i + 1) * 100 })
    expect(read).toMatchObject({ firstDeltaAt: 200, lastDeltaAt: 200, deltas: 1 })
  })

  test('role, empty, usage and [DONE] chunks are no deltas', () => {
    const read = readChat(
      { chunks: whole(`${ROLE}${event(delta({ content: '' }))}${FINISH}${event({ choices: [], ...USAGE })}${DONE}`) },
      chatPlan({ allowEmpty: true }),
    )
    expect(read).toMatchObject({
      deltas: 0,
      heard: [],
      firstDeltaAt: null,
      lastDeltaAt: null,
      outputTokens: 7,
      failure: null,
    })
  })

  test('an answer without generated text is a failed check', () => {
    expect(readChat({ chunks: whole(ROLE + FINISH + DONE) }).failure).toMatchObject({ kind: 'check', detail: 'empty' })
  })

  test('usage counts from any chunk, and per chunk it tells the tokens of the first delta', () => {
    const withUsage = (content: string, n: number): string =>
      event({ ...delta({ content }), usage: { prompt_tokens: 5, completion_tokens: n } })
    const read = readChat({ chunks: whole(`${ROLE}${withUsage('two words', 2)}${withUsage('!', 3)}${FINISH}${DONE}`) })
    expect(read).toMatchObject({ firstDeltaTokens: 2, inputTokens: 5, outputTokens: 3, tokenSource: 'usage' })
  })

  test('without usage tokens are counted in all generated text and marked estimated', () => {
    const read = readChat({
      chunks: whole(`${event(delta({ reasoning: 'one two ' }))}${event(delta({ content: 'three four' }))}${DONE}`),
    })
    expect(read).toMatchObject({ outputTokens: 4, tokenSource: 'estimated', inputTokens: null })
  })

  test('an end without [DONE] is good after a finish_reason, and [DONE] is enough without one', () => {
    expect(readChat({ chunks: whole(event(delta({ content: 'a' }, 'length'))) }).failure).toBeNull()
    expect(readChat({ chunks: whole(event(delta({ content: 'a' })) + DONE) }).failure).toBeNull()
  })

  test('an end without both is a protocol failure', () => {
    const read = readChat({ chunks: whole(event(delta({ content: 'a' }))) })
    expect(read.failure).toMatchObject({
      kind: 'protocol',
      detail: 'ended_early',
      message: expect.stringContaining('ended early'),
    })
    expect(read.outputTokens).toBeNull()
  })

  test.each([
    ['an error object', event({ error: { message: 'boom' } })],
    ['an error text', event({ error: 'boom' })],
    ['an error of vLLM', event({ object: 'error', message: 'boom', code: 400 })],
    ['an error event', 'event: error\ndata: {"message":"boom"}\n\n'],
    ['an error line of llama.cpp', 'error: {"code":500,"message":"boom"}\n\n'],
    ['a bare JSON line', '{"error":{"message":"boom"}}\n\n'],
  ])('%s in the stream is a failure with the words of the server', (_name, text) => {
    const read = readChat({ chunks: whole(event(delta({ content: 'a' })) + text + DONE) })
    expect(read.failure).toMatchObject({
      kind: 'http',
      detail: 'stream_error',
      message: expect.stringMatching(/: boom$/),
    })
  })

  test('a server that gives up generating has failed', () => {
    expect(readChat({ chunks: whole(event(delta({ content: 'a' }, 'abort')) + DONE) }).failure).toMatchObject({
      kind: 'http',
      detail: 'finish_error',
    })
  })

  test('malformed JSON is quoted, cut at 120 characters', () => {
    const { failure } = readChat({ chunks: whole(event(`{"choices": ${'x'.repeat(500)}`)) })
    expect(failure).toMatchObject({ kind: 'protocol', detail: 'malformed_event' })
    expect(failure!.message).toBe(`not a JSON object: '{"choices": ${'x'.repeat(108)}...'`)
  })

  test.each(['null', '[1]x', '"text"', '17'])('an event that holds %s is malformed', (data) => {
    expect(readChat({ chunks: whole(event(data) + DONE) }).failure).toMatchObject({
      kind: 'protocol',
      detail: 'malformed_event',
    })
  })

  test('odd shapes inside a chunk are passed over', () => {
    const odd = [
      { choices: null },
      { choices: [null, 3] },
      { choices: [{ delta: null }] },
      { choices: [{ delta: { content: null, tool_calls: [null] } }] },
      { usage: null },
      {},
    ]
    const read = readChat({
      chunks: whole(odd.map(event).join('') + event(delta({ content: [{ type: 'text', text: 'part' }] })) + DONE),
    })
    expect(read).toMatchObject({ failure: null, deltas: 1, visible: 'part' })
  })

  test('a failure of the transport keeps what was read, and yields to what the stream said before it', () => {
    const lost = { kind: 'connection', detail: 'ECONNRESET', message: 'reset' } as const
    const read = (text: string): unknown => readerOf(text).fail(lost)
    expect(read(event(delta({ content: 'a' })))).toMatchObject({
      deltas: 1,
      firstDeltaAt: 1000,
      failure: lost,
      outputTokens: null,
    })
    expect(read(event({ error: 'boom' }))).toMatchObject({ failure: { detail: 'stream_error' } })
  })

  test('checks look at the visible text', () => {
    const chunks = whole(event(delta({ content: '{"a":' })) + event(delta({ content: '[1]}' })) + DONE)
    const failureOf = (check: object): string | undefined =>
      readChat({ chunks }, chatPlan({ check: { ...CHECK, ...check } })).failure?.detail
    expect(
      failureOf({ json: { 'a.0': 1 }, bodyIncludes: '[1]', bodyMatches: { source: '^\\{', flags: '' }, minBytes: 9 }),
    ).toBeUndefined()
    expect(failureOf({ json: { 'a.0': 2 } })).toBe('json a.0')
    expect(failureOf({ minBytes: 10 })).toBe('minBytes')
    expect(failureOf({ bodyIncludes: 'data:' })).toBe('bodyIncludes')
  })

  test('keeps the body only as far as asked', () => {
    const reader = readerOf(GOOD, 65_536)
    reader.end({})
    expect(reader.text()).toBe(GOOD)
    expect(Buffer.byteLength(readerOf(GOOD).text())).toBe(256)
  })
})

describe('reading an answer that is no stream', () => {
  const ANSWER = {
    choices: [{ message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }],
    ...USAGE,
  }

  test('has text and tokens and no delta times', () => {
    const read = readChat(
      { chunks: cutAt(JSON.stringify(ANSWER), 30), headers: JSON_HEADERS },
      chatPlan({ stream: false }),
    )
    expect(read).toMatchObject({
      visible: 'Hello there',
      outputTokens: 7,
      inputTokens: 11,
      tokenSource: 'usage',
      failure: null,
    })
    expect(read).toMatchObject({ firstDeltaAt: null, firstVisibleAt: null, lastDeltaAt: null, deltas: 0, heard: [] })
  })

  test.each([[JSON_HEADERS], [{}], [{ 'content-type': 'text/plain' }]])(
    'is understood although a stream was asked for (%j)',
    (headers) => {
      expect(readChat({ chunks: cutAt(JSON.stringify(ANSWER), 1), headers })).toMatchObject({
        visible: 'Hello there',
        failure: null,
      })
    },
  )

  test('a stream without its content type is still a stream', () => {
    expect(readChat({ chunks: cutAt(GOOD, 1), headers: { 'content-type': 'text/plain' } })).toMatchObject({
      deltas: 2,
      failure: null,
    })
  })

  test('completion answers hold their text in `text`', () => {
    const chunks = whole(JSON.stringify({ choices: [{ text: 'abc', finish_reason: 'length' }] }))
    expect(readChat({ chunks, headers: JSON_HEADERS }, chatPlan({ dialect: 'openai.completion' })).visible).toBe('abc')
  })

  test.each([
    ['{"choices": [', 'protocol', 'malformed_json'],
    ['', 'protocol', 'malformed_json'],
    ['{"error":{"message":"no"}}', 'http', 'error_object'],
    ['{"choices":[{"message":{"content":""}}]}', 'check', 'empty'],
    ['{}', 'check', 'empty'],
  ])('%j is a failure', (text, kind, detail) => {
    expect(readChat({ chunks: whole(text), headers: JSON_HEADERS }, chatPlan({ stream: false })).failure).toMatchObject(
      { kind, detail },
    )
  })

  test('a stream that says nothing at all is malformed', () => {
    expect(readChat({ chunks: [] }).failure).toMatchObject({ kind: 'protocol', detail: 'malformed_stream' })
    expect(readChat({ chunks: [], headers: {} }).failure).toMatchObject({
      kind: 'protocol',
      detail: 'malformed_stream',
    })
  })
})

describe('a bad status of a model server', () => {
  test.each([
    ['{"error":{"message":"model not found"}}', '404 Not Found: model not found'],
    ['{"error":"overloaded"}', '404 Not Found: overloaded'],
    ['{"detail":[{"msg":"x"}]}', '404 Not Found: [{"msg":"x"}]'],
    ['{"message":"Incorrect key sk-abcdefghijkl"}', '404 Not Found: Incorrect key [redacted]'],
    ['<h1>Nope</h1>\n  here', '404 Not Found: <h1>Nope</h1> here'],
    ['', '404 Not Found'],
  ])('is told with the words of %j', (body, message) => {
    expect(readChat({ chunks: whole(body), status: 404, headers: JSON_HEADERS }).failure).toEqual({
      kind: 'http',
      detail: '404',
      message,
    })
  })

  test('a redirect names where it points and how to follow it', () => {
    const { failure } = readChat({ chunks: [], status: 307, headers: { location: 'https://u:secret@h/x?token=abc' } })
    expect(failure).toMatchObject({ kind: 'http', detail: '307' })
    expect(failure!.message).toBe(
      '307 Temporary Redirect: redirect to https://[redacted]@h/x?token=[redacted] not followed; set followRedirects, or expectStatus if it is the answer',
    )
  })

  test('no message is longer than 300 characters', () => {
    const { failure } = readChat({ chunks: whole('é '.repeat(5000)), status: 500 })
    expect(failure!.message.length).toBeLessThanOrEqual(300)
  })

  test('stages come from the head and the trailers', () => {
    const read = readChat({
      chunks: whole(GOOD),
      headers: { 'content-type': 'text/event-stream', 'server-timing': 'queue;dur=2' },
      trailers: { 'server-timing': 'decode;dur=5' },
    })
    expect([...read.stages!]).toEqual([
      ['queue', 2000],
      ['decode', 5000],
    ])
  })
})
