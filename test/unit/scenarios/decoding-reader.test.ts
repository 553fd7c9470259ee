import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
} from 'node:zlib'
import { array, assert, asyncProperty, nat } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HttpScenarioPlan, ModelScenarioPlan } from '../../../src/domain/scenario.ts'
import { compileScenario } from '../../../src/scenarios/compile.ts'
import { decodedReader } from '../../../src/scenarios/decoding-reader.ts'
import type { ResponseResult } from '../../../src/scenarios/exchange.ts'
import { http } from '../../../src/scenarios/http.ts'
import { openai } from '../../../src/scenarios/openai.ts'

const TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(20)
const sink = { delta: (): void => {} }

/** Reads an answer as the generator does. Each piece is wiped after the call, as a transport that reuses its buffer would do. */
async function read(
  pieces: readonly Buffer[],
  encoding: string,
  status = 200,
): Promise<{ text: string; result: ResponseResult }> {
  const scenario = await compileScenario(http.get('http://h/').plan() as HttpScenarioPlan)
  const head = { 'content-encoding': encoding }
  const reader = decodedReader(scenario.reader(sink, 1e6), head)
  reader.head(status, head)
  for (const piece of pieces) {
    const copy = Buffer.from(piece)
    reader.data(copy, 0)
    copy.fill(0)
  }
  return { result: reader.end({}), text: reader.text() }
}

describe('an encoded answer', () => {
  test.each<[string, (text: Buffer) => Buffer]>([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['identity', (text) => text],
    ['gzip, br', (text) => brotliCompressSync(gzipSync(text))],
  ])('with %s is decoded', async (encoding, encode) => {
    const { text, result } = await read([encode(Buffer.from(TEXT))], encoding)
    expect({ text, failure: result.failure }).toEqual({ text: TEXT, failure: null })
  })

  test('is the same however it is cut into pieces', async () => {
    const encoded = gzipSync(Buffer.from(TEXT))
    await assert(
      asyncProperty(array(nat(encoded.length), { maxLength: 8 }), async (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), encoded.length]
        const pieces = ends.map((end, i) => encoded.subarray(ends[i - 1] ?? 0, end))
        expect((await read(pieces, 'gzip')).text).toBe(TEXT)
      }),
      { numRuns: 50 },
    )
  })

  test.each([
    ['cut short', (encoded: Buffer): Buffer => encoded.subarray(0, -4), 'unexpected end of file'],
    ['no gzip at all', (): Buffer => Buffer.from(TEXT), 'incorrect header check'],
    ['damaged', (encoded: Buffer): Buffer => Buffer.concat([encoded.subarray(0, 12), Buffer.from(TEXT)]), ''],
  ])('that is %s is a protocol failure', async (_name, damage, reason) => {
    const { result } = await read([damage(gzipSync(Buffer.from(TEXT)))], 'gzip')
    expect(result.failure).toMatchObject({
      kind: 'protocol',
      detail: 'content-encoding',
      message: expect.stringContaining(`the body is not what content-encoding gzip says: ${reason}`) as string,
    })
  })

  test('without a body has nothing to miss; of a coding that nobody knows, it is kept as it is', async () => {
    expect((await read([], 'gzip')).result.failure).toBeNull()
    expect(await read([Buffer.from('raw')], 'compress')).toMatchObject({ text: 'raw', result: { failure: null } })
  })

  test('of a bad status tells its own words', async () => {
    const { result } = await read([gzipSync('{"error":"no more room"}')], 'gzip', 503)
    expect(result.failure).toMatchObject({ kind: 'http', message: '503 Service Unavailable: no more room' })
  })

  test.each([
    ['gzip', () => createGzip(), constants.Z_SYNC_FLUSH],
    ['br', () => createBrotliCompress(), constants.BROTLI_OPERATION_FLUSH],
  ] as const)('as a token stream keeps the time of each token (%s)', async (encoding, compressor, flush) => {
    const words = ['one ', 'two ', 'three']
    const stream = compressor()
    const pieces: Buffer[] = []
    for (const word of [...words.map((content) => JSON.stringify({ choices: [{ delta: { content } }] })), '[DONE]']) {
      stream.write(`data: ${word}\n\n`)
      await new Promise<void>((resolve) => stream.flush(flush, resolve))
      pieces.push(stream.read() as Buffer)
    }
    const plan = openai.chat({ baseUrl: 'http://h', model: 'm', messages: [{ role: 'user', content: 'x' }] }).plan()
    const scenario = await compileScenario(plan as ModelScenarioPlan)
    const deltas: number[] = []
    const head = { 'content-type': 'text/event-stream', 'content-encoding': encoding }
    const reader = decodedReader(scenario.reader({ delta: (atUs) => void deltas.push(atUs) }, 1000), head)
    reader.head(200, head)
    for (const [i, piece] of pieces.entries()) reader.data(piece, i * 1000)
    stream.end()
    await new Promise<void>((resolve) => stream.on('end', resolve).resume())
    expect(deltas).toEqual([0, 1000, 2000])
    expect(reader.visibleText()).toBe('one two three')
  })
})
