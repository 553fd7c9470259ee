import { expect, test } from 'vitest'
import type { TableSummary } from '../../../src/domain/result-table.ts'
import type { SearchSummary } from '../../../src/domain/search.ts'
import { tellTarget, type TargetOptions } from '../../../src/spec/target.ts'

type Ask = (url: string, init: RequestInit) => Promise<Response>

async function told(ask: Ask, options: unknown): Promise<TableSummary> {
  const all: SearchSummary[] = []
  const beginSearch = (label: string) => ({
    specId: { file: 'a.perf.ts', path: ['one test'], label },
    tell: (summary: SearchSummary) => void all.push(summary),
  })
  await tellTarget({ beginSearch }, ask as typeof fetch, options as TargetOptions)
  expect(all).toHaveLength(1)
  return all[0] as TableSummary
}

test('a server is asked at its root, with the key, and what it tells is a table of the target', async () => {
  const asked: string[] = []
  const ask: Ask = (url, { headers, method = 'GET', body }) => {
    const { authorization = '' } = headers as Record<string, string>
    asked.push(`${method} ${url} ${authorization}${typeof body === 'string' ? ` ${body}` : ''}`)
    const models = url.endsWith('/v1/models') ? { data: [{ id: 'm', max_model_len: 2048 }] } : null
    return Promise.resolve(models === null ? new Response('no', { status: 404 }) : Response.json(models))
  }
  const table = await told(ask, { baseUrl: { url: 'http://h:1/v1/' }, model: 'm', apiKey: 'k' })
  expect(asked).toContain('GET http://h:1/v1/models Bearer k')
  expect(asked).toContain('POST http://h:1/api/show Bearer k {"model":"m"}')
  expect(table).toMatchObject({ about: 'target', title: 'one test · target', end: 'done' })
  expect(table.rows.map(({ cells }) => cells)).toContainEqual(['context', 2048, '/v1/models'])
  expect(table.rows.map(({ cells }) => cells)).toContainEqual(['quantisation', null, ''])
})

test('a server that tells nothing, hangs up or answers no JSON has n/a everywhere, and that is said', async () => {
  const answers = [() => Promise.reject(new TypeError('fetch failed')), () => Promise.resolve(new Response('<html>'))]
  for (const answer of answers) {
    const { rows, notes } = await told(answer, { baseUrl: 'http://h:1', model: 'm' })
    expect(new Set(rows.map(({ cells }) => cells[1]))).toEqual(new Set([null]))
    expect(notes).toEqual([expect.stringContaining('the server tells nothing of itself')])
  }
})

test('a target without an address or a model is refused', async () => {
  const ask: Ask = () => Promise.reject(new Error('not asked'))
  await expect(told(ask, { baseUrl: 'localhost', model: 'm' })).rejects.toThrow(
    "option baseUrl: got 'localhost', takes",
  )
  await expect(told(ask, { baseUrl: 'http://h', model: '' })).rejects.toThrow("option model: got '', takes a text")
  await expect(told(ask, { baseUrl: 'http://h' })).rejects.toThrow('option model')
})
