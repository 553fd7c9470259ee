import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ModelScenarioPlan } from '../../../../src/domain/scenario.ts'
import { conversation, openai, promptSet, type PromptSetOptions } from '../../../../src/scenarios/index.ts'

let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'vitest-perf-set-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function rowsOf(path: string, options?: PromptSetOptions): Promise<readonly Record<string, unknown>[]> {
  const { rows } = await promptSet(path, options).prepare()
  return rows
}

const SHARE_GPT = [
  {
    id: 'x_0',
    conversations: [
      { from: 'system', value: 'be brief' },
      { from: 'human', value: 'Hello' },
      { from: 'gpt', value: 'Hi there' },
      { from: 'human', value: 'And then?' },
      { from: 'gpt', value: '' },
    ],
  },
  { id: 'x_1', conversations: [{ from: 'gpt', value: 'nobody asked' }] },
  { id: 'x_2', conversations: [{ from: 'human', value: '你好' }] },
]

describe('a set of ShareGPT', () => {
  test('gives prompts, turns and answers, without conversations that nobody begins', async () => {
    expect(await rowsOf(file('share.json', SHARE_GPT))).toEqual([
      { id: 'x_0', prompt: 'Hello', turns: ['Hello', 'And then?'], system: 'be brief', answer: 'Hi there' },
      { id: 'x_2', prompt: '你好', turns: ['你好'] },
    ])
  })

  test('is counted, split by length, and drives chats and conversations', async () => {
    const path = file('share.json', SHARE_GPT)
    const options = { tokenizer: 'o200k_base', classes: { short: 1, long: 9 } } as const
    const rows = await rowsOf(path, options)
    expect(rows[0]).toMatchObject({
      tokens: countTokens('Hello'),
      answerTokens: countTokens('Hi there'),
      class: 'short',
    })
    const data = promptSet(path, options)
    const chat = openai.chat({ baseUrl: 'http://h', model: 'm', maxTokens: '{{tokens}}', data })
    await chat.prepare!()
    expect(chat.plan()).toMatchObject({ promptClass: '{{class}}', prompts: { countedBy: 'gpt-tokenizer o200k_base' } })
    const talk = conversation({ baseUrl: 'http://h', model: 'm', data })
    await talk.prepare!()
    expect((talk.plan() as ModelScenarioPlan).conversation).toMatchObject({ maxTurns: 50 })
  })
})

test('chats, JSON lines and CSV are sets too, with columns of their own', async () => {
  const lines = [
    {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
      ],
      topic: 'x',
    },
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'c' }] }] },
  ].map((row) => JSON.stringify(row))
  expect(await rowsOf(file('chats.jsonl', lines.join('\n')))).toEqual([
    { topic: 'x', prompt: 'a', turns: ['a'], answer: 'b' },
    { prompt: 'c', turns: ['c'] },
  ])
  const csv = file('q.csv', 'question,kind\nWhy?,short\n"How, so?",long\n')
  expect(await rowsOf(csv, { prompt: 'question', class: 'kind' })).toEqual([
    { question: 'Why?', kind: 'short', prompt: 'Why?', class: 'short' },
    { question: 'How, so?', kind: 'long', prompt: 'How, so?', class: 'long' },
  ])
})

test('a draw of rows follows from the seed and has none twice', async () => {
  const path = file('many.json', { prompt: Array.from({ length: 200 }, (_, i) => `p${i}`) })
  const drawn = (await rowsOf(path, { take: 50 })).map(({ prompt }) => prompt)
  expect(new Set(drawn).size).toBe(50)
  expect((await rowsOf(path, { take: 50 })).map(({ prompt }) => prompt)).toEqual(drawn)
  expect((await rowsOf(path, { take: 50, seed: 2 })).map(({ prompt }) => prompt)).not.toEqual(drawn)
  expect(await rowsOf(path, { take: 999 })).toHaveLength(200)
})

test('what is no set is refused with file, row and column', async () => {
  await expect(rowsOf(file('no.csv', 'question\nWhy?\n'))).rejects.toThrow(
    /line 2: column prompt: got undefined, takes a text\n {2}hint: its columns are question/,
  )
  await expect(rowsOf(file('empty.json', [SHARE_GPT[1]]))).rejects.toThrow(/no conversation in it begins with a user/)
  await expect(rowsOf('/no/such.json')).rejects.toThrow(/no such file/)
  expect(() => promptSet('x.json', { take: 0 })).toThrow(/option take: got 0, takes a whole number of rows from 1/)
})
