import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { Tokenizer } from '@huggingface/tokenizers'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { InferenceServer } from '../../../../fixtures/inference-server/http/inference-server.ts'
import type { Engine } from '../../../../fixtures/inference-server/engine.ts'
import { LlamaEngine } from '../../../../fixtures/inference-server/llama/llama-engine.ts'
import { buildTinyModel } from '../../../../fixtures/inference-server/llama/tiny-model.ts'
import { PlantedEngine } from '../../../../fixtures/inference-server/planted/planted-engine.ts'
import { listen } from '../../../../fixtures/inference-server/process/listen.ts'
import { PreciseTimer } from '../../../../fixtures/inference-server/process/precise-timer.ts'
import { compileScenario } from '../../../../src/scenarios/compile.ts'
import {
  choice,
  openai,
  range,
  syntheticPrompts,
  type SyntheticPromptOptions,
} from '../../../../src/scenarios/index.ts'
import { writeTokenizerJson } from '../../../support/tokenizer-json.ts'

let folder = ''
let vocabulary = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitest-perf-prompts-'))
  vocabulary = writeTokenizerJson(join(folder, 'tokenizer.json'), buildTinyModel().vocabulary)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface PromptRow {
  readonly prompt: string
  readonly tokens: number
  readonly class?: string
}

async function rowsOf(options: SyntheticPromptOptions): Promise<readonly PromptRow[]> {
  const { rows } = await syntheticPrompts(options).prepare()
  return rows as unknown as readonly PromptRow[]
}

/** A server that answers everything so. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  const url = await listen(server, 0)
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return url
}

const LLAMA = { threads: 1, sequences: 1, contextSize: 256, batchTokens: 64, seed: 1, maxTokens: 8 }

/** llama.cpp with the tiny vocabulary where its package is installed, or what stands in for it. */
async function anEngine(): Promise<Engine> {
  const planted = new PlantedEngine(new PreciseTimer(), {}, 16)
  const engine = await LlamaEngine.open(LLAMA, () => undefined).catch(() => planted)
  onTestFinished(() => engine.close())
  return engine
}

async function inferenceServer(): Promise<{ readonly url: string; readonly count: (text: string) => number }> {
  const server = new InferenceServer()
  const engine = await anEngine()
  server.engine = engine
  const url = await listen(server.http, 0)
  onTestFinished(() => {
    server.http.close()
    server.http.closeAllConnections()
  })
  return { url, count: (text) => engine.tokenize(text).length }
}

describe('prompts hit their exact length', () => {
  const lengths = [1000, 1024, 2048, 4096]

  test.each(lengths)('of %i tokens on gpt-tokenizer', async (tokens) => {
    for (const [tokenizer, count] of [
      ['o200k_base', countTokens],
      ['cl100k_base', countCl100k],
    ] as const) {
      const rows = await rowsOf({ tokens, count: 2, tokenizer })
      expect(rows.map(({ prompt }) => count(prompt))).toEqual([tokens, tokens])
      expect(new Set(rows.map(({ prompt }) => prompt)).size).toBe(2)
    }
  })

  test('on a tokenizer.json', async () => {
    const own = new Tokenizer(JSON.parse(readFileSync(vocabulary, 'utf8')) as object, {})
    const rows = await rowsOf({ tokens: choice(lengths), count: 7, seed: 7, tokenizer: { file: vocabulary } })
    expect(new Set(rows.map(({ tokens }) => tokens))).toEqual(new Set(lengths))
    for (const { prompt, tokens } of rows) expect(own.encode(prompt).ids.length).toBe(tokens)
  }, 20_000)

  test("on the server's /tokenize", async () => {
    const { url, count } = await inferenceServer()
    const rows = await rowsOf({ tokens: choice(lengths), count: 7, seed: 7, tokenizer: { server: `${url}/v1` } })
    expect(new Set(rows.map(({ tokens }) => tokens))).toEqual(new Set(lengths))
    for (const { prompt, tokens } of rows) expect(count(prompt)).toBe(tokens)
  }, 20_000)

  test.each(['chinese', 'japanese', 'korean', 'cyrillic', 'arabic', 'devanagari'] as const)('in %s', async (script) => {
    const rows = await rowsOf({ tokens: range([5, 300]), count: 12, script })
    for (const { prompt, tokens } of rows) expect([countTokens(prompt), prompt.trim()]).toEqual([tokens, prompt])
  })

  test('of a corpus of the user, with or without spaces', async () => {
    const english = join(folder, 'english.txt')
    writeFileSync(
      english,
      'It was the best of times,\nit was the worst of times; it was the age of "wisdom".\n'.repeat(5),
    )
    const chinese = new URL(`file://${join(folder, 'chinese.txt')}`)
    writeFileSync(chinese, '今天天气很好，我们一起去公园散步，然后在湖边吃午饭，晚上看电影。'.repeat(9))
    for (const corpus of [english, chinese]) {
      const rows = await rowsOf({ tokens: 200, count: 4, corpus })
      expect(rows.map(({ prompt }) => countTokens(prompt))).toEqual([200, 200, 200, 200])
    }
  })

  test('of one token, and of every length up to 40', async () => {
    for (let tokens = 1; tokens <= 40; tokens++) {
      const [row] = await rowsOf({ tokens, count: 1, seed: tokens })
      expect(countTokens(row!.prompt)).toBe(tokens)
    }
  })
})

describe('lengths', () => {
  test('are drawn, and follow from the seed', async () => {
    const options: SyntheticPromptOptions = { tokens: choice([20, 40, 80], { weights: [2, 1, 1] }), count: 60 }
    const rows = await rowsOf({ ...options, classes: { short: 20, long: 60 } })
    expect(new Set(rows.map(({ tokens }) => tokens))).toEqual(new Set([20, 40, 80]))
    for (const row of rows) {
      expect(row.class).toBe(row.tokens === 20 ? 'short' : 'long')
      expect(countTokens(row.prompt)).toBe(row.tokens)
    }
    expect((await rowsOf(options)).map(({ prompt }) => prompt)).toEqual(rows.map(({ prompt }) => prompt))
    expect(await rowsOf({ ...options, seed: 2 })).not.toEqual(await rowsOf(options))
  })
})

describe('a prefix cache', () => {
  test('meets the share of each prompt that is asked for', async () => {
    const rows = await rowsOf({ tokens: choice([100, 400]), count: 20, sharedPrefix: '50%' })
    for (const { prompt, tokens } of rows) expect(countTokens(prompt)).toBe(tokens)
    for (const length of [100, 400]) {
      const [first, second] = rows.filter(({ tokens }) => tokens === length).map(({ prompt }) => prompt)
      let same = 0
      while (first![same] === second![same]) same++
      const shared = countTokens(first!.slice(0, same))
      expect(shared).toBeGreaterThanOrEqual(length / 2 - 2)
      expect(shared).toBeLessThanOrEqual(length / 2 + 4)
    }
  })

  test('never meets a salted prompt again, and the length stays exact', async () => {
    const data = syntheticPrompts({ tokens: 120, count: 2, sharedPrefix: 0.25, salt: true })
    const chat = openai.chat({ baseUrl: 'http://127.0.0.1:1', model: 'm', data })
    await chat.prepare!()
    const { prepare } = await compileScenario(chat.plan() as Parameters<typeof compileScenario>[0])
    const sent = Array.from({ length: 200 }, (_, k) => {
      const { messages } = JSON.parse(String(prepare(k).body)) as { messages: [{ content: string }] }
      return messages[0].content
    })
    expect(new Set(sent).size).toBe(200)
    expect(new Set(sent.map((prompt) => prompt.slice(0, 40))).size).toBe(1)
    expect(new Set(sent.map((prompt) => countTokens(prompt)))).toEqual(new Set([120]))
    expect(prepare(0)).toMatchObject({ promptTokens: 120 })
  })

  test('is emptied before each load, which does not start unless that is answered well', async () => {
    const seen: string[] = []
    const url = await serve((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      response.statusCode = seen.length === 3 ? 500 : 200
      response.end('no cache')
    })
    const prompts = syntheticPrompts({ tokens: 10, count: 1, flush: `${url}/reset_prefix_cache` })
    await prompts.prepare()
    await prompts.prepare()
    await expect(prompts.prepare()).rejects.toThrow(/option flush: POST .*: status 500: no cache/)
    expect(seen).toEqual(Array(3).fill('POST /reset_prefix_cache'))
  })
})

describe("a server's /tokenize", () => {
  const counted = (text: unknown): number[] =>
    String(text)
      .split(/(?= )/)
      .map(() => 7)
  test.each<[string, (body: Record<string, unknown>) => unknown]>([
    [
      'vLLM',
      ({ prompt, add_special_tokens: special }) =>
        special === false && { count: counted(prompt).length, tokens: counted(prompt) },
    ],
    ['llama.cpp', ({ content }) => ({ tokens: content === undefined ? [] : counted(content) })],
    [
      'TGI',
      ({ inputs }) => inputs !== undefined && counted(inputs).map((id) => ({ id, text: 'x', start: 0, stop: 1 })),
    ],
  ])('is understood in the form of %s', async (_server, answer) => {
    const url = await serve((request, response) => {
      const chunks: Buffer[] = []
      request
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          const said = answer(JSON.parse(String(Buffer.concat(chunks))) as Record<string, unknown>)
          response.statusCode = said === false ? 422 : 200
          response.end(JSON.stringify(said))
        })
    })
    const [row] = await rowsOf({ tokens: 50, count: 1, tokenizer: { server: { url } } })
    expect(counted(row!.prompt)).toHaveLength(50)
  })

  test('that is none is named with what it said', async () => {
    const url = await serve((_request, response) => void response.writeHead(404).end('no such route'))
    const prepared = syntheticPrompts({ tokens: 5, tokenizer: { server: url } }).prepare()
    await expect(prepared).rejects.toThrow(/option tokenizer.server: .*\/tokenize: status 404: no such route/)
  })
})

test.each<[unknown, RegExp]>([
  [{ tokens: 0 }, /option tokens: got 0, takes a whole number of tokens from 1/],
  [{ tokens: choice([10, 2_000_000]) }, /option tokens/],
  [{ tokens: 5, script: 'klingon' }, /option script: got 'klingon', takes 'latin', 'chinese'/],
  [{ tokens: 5, sharedPrefix: '150%' }, /option sharedPrefix: got '150%', takes a share/],
  [{ tokens: 5, tokenizer: 'p50k' }, /option tokenizer: got 'p50k', takes 'o200k_base'/],
  [{ tokens: 5, classes: {} }, /option classes: .*takes names with the most tokens/],
  [{ tokens: 5, flush: 7 }, /option flush: got 7, takes a URL/],
])('%j is refused', (options, message) => {
  expect(() => syntheticPrompts(options as SyntheticPromptOptions)).toThrow(message)
})

test('what cannot be made is refused before the load', async () => {
  await expect(rowsOf({ tokens: 5, salt: true })).rejects.toThrow(/exactly 5 tokens .* what it begins with has 1\d/)
  await expect(rowsOf({ tokens: 5, tokenizer: { file: '/no/such.json' } })).rejects.toThrow(/tokenizer.file: .*ENOENT/)
  const chat = openai.chat({ baseUrl: 'http://h', model: 'm', data: syntheticPrompts({ tokens: 5 }) })
  expect(() => chat.plan()).toThrow(/its prompts are not made yet/)
})
