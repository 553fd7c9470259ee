import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpScenarioPlan } from '../../../src/domain/scenario.ts'
import { compileScenario } from '../../../src/scenarios/compile.ts'
import { type Data, http, openai } from '../../../src/scenarios/index.ts'

let folder = ''
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'vitest-perf-data-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
/** Writes a file of its own. @returns its path */
function file(ending: string, content: string | Buffer): string {
  const path = join(folder, `rows-${files++}.${ending}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, content)
  return path
}

const plan = (data: Data, body: unknown = { v: '{{a}}' }): HttpScenarioPlan =>
  http.post('http://h/', { body, data }).plan() as HttpScenarioPlan

/** The bodies of the first n requests. */
async function sent(n: number, data: Data, body?: unknown): Promise<string[]> {
  const compiled = await compileScenario(plan(data, body))
  return Array.from({ length: n }, (_, k) => String(compiled.prepare(k).body))
}

describe('a file of rows', () => {
  test.each<[string, string, string]>([
    ['CSV', 'csv', 'a,b\n1,x\n2,y\n'],
    [
      'CSV with a byte order mark, CRLF, blank lines and spaces around its column names',
      'csv',
      '\ufeff a , b\r\n1,x\r\n\r\n2,y',
    ],
    ['TSV', 'tsv', 'a\tb\n1\tx\n2\ty'],
    ['JSON lines', 'jsonl', '\ufeff{"a":"1"}\r\n\r\n{"a":"2"}\r\n'],
    ['newline-delimited JSON', 'ndjson', '{"a":"1"}\n{"a":"2"}'],
    ['a JSON list', 'json', '[{"a":"1"},\n{"a":"2"}]'],
    ['JSON by column', 'json', '{"a":["1","2"]}'],
  ])('may be %s', async (_what, ending, content) => {
    const path = file(ending, content)
    expect(await sent(3, path)).toEqual(['{"v":"1"}', '{"v":"2"}', '{"v":"1"}'])
    expect(await sent(2, pathToFileURL(path))).toEqual(['{"v":"1"}', '{"v":"2"}'])
    expect(await sent(2, pathToFileURL(path).href)).toEqual(['{"v":"1"}', '{"v":"2"}'])
    expect(await sent(2, relative(process.cwd(), path))).toEqual(['{"v":"1"}', '{"v":"2"}'])
  })

  test('as CSV keeps line breaks, commas and quotes of quoted values, and texts stay texts', async () => {
    const path = file('csv', 'a,n\n"one, ""two""\nthree",007\n,1e3\n')
    expect(await sent(2, path, { v: '{{a}}', n: '{{n}}', m: '{{number n}}', t: 'n={{n}}' })).toEqual([
      JSON.stringify({ v: 'one, "two"\nthree', n: '007', m: 7, t: 'n=007' }),
      JSON.stringify({ v: '', n: '1e3', m: 1000, t: 'n=1e3' }),
    ])
  })

  test('gives maxTokens its number, whatever kind of file it is', async () => {
    for (const path of [file('csv', 'prompt,max\nHi,64\n'), file('jsonl', '{"prompt":"Hi","max":64}')]) {
      const chat = openai.chat({ baseUrl: 'http://h', model: 'm', maxTokens: '{{max}}', data: path }).plan()
      const request = (await compileScenario(chat as HttpScenarioPlan)).prepare(0)
      expect(JSON.parse(String(request.body))).toMatchObject({ max_tokens: 64, messages: [{ content: 'Hi' }] })
    }
  })

  test('with a column messages is what a chat sends', async () => {
    const path = file('jsonl', '{"messages":[{"role":"system","content":"x"}]}')
    const chat = openai.chat({ baseUrl: 'http://h', model: 'm', data: path }).plan()
    const request = (await compileScenario(chat as HttpScenarioPlan)).prepare(0)
    expect(JSON.parse(String(request.body))).toMatchObject({ messages: [{ role: 'system', content: 'x' }] })
  })

  test('stays out of the plan, which knows it by its content', () => {
    const one = file('csv', `a\n${'x\n'.repeat(10_000)}`)
    const made = plan(one).data
    expect(made).toEqual({ path: one, format: 'csv', rows: 10_000, digest: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(JSON.stringify(plan(one)).length).toBeLessThan(1500)
    expect(plan(file('csv', 'a\ny\n')).data).not.toMatchObject({ digest: (made as { digest: string }).digest })
  })

  test('that changes after the plan was made is refused', async () => {
    const path = file('csv', 'a\n1\n')
    const made = plan(path)
    writeFileSync(path, 'a\n2\n')
    await expect(compileScenario(made)).rejects.toThrow(`option data: ${path} has changed since the load was planned`)
    rmSync(path)
    await expect(compileScenario(made)).rejects.toThrow(`no such file: ${path}`)
  })

  test.each<[string, string, string | Buffer, RegExp]>([
    ['too few values', 'csv', 'a,b\n"1\n2",x\n3\n', /rows-\d+\.csv: line 4: got 1 values, takes 2: a, b/],
    ['too many values', 'csv', 'a,b\r\n1,2,3\r\n', /line 2: got 3 values, takes 2: a, b/],
    ['an open quote', 'csv', 'a,b\n1,"x\n', /line 2: .*takes CSV as in RFC 4180/],
    ['a quote inside a value', 'csv', 'a,b\n1,x"y\n', /line 2: .*hint: a value with a comma, a quote/s],
    ['a column without a name', 'csv', 'a,,b\n1,2,3', /line 1: column 2 has no name/],
    ['a name twice', 'csv', 'a,b, a\n1,2,3', /line 1: two columns 'a'/],
    ['only names', 'csv', 'a,b\n', /rows-\d+\.csv: got no rows, takes at least one row/],
    ['nothing', 'csv', '', /rows-\d+\.csv: got an empty file, takes at least one row/],
    ['nothing', 'jsonl', '\n \n', /got an empty file/],
    ['nothing', 'json', '', /got an empty file/],
    ['an empty list', 'json', '[]', /got no rows/],
    ['broken JSON', 'jsonl', '{"a":1}\n\n{"a":\n', /rows-\d+\.jsonl: line 3: .*takes one JSON object a line/],
    ['a line that is no object', 'jsonl', '{"a":1}\n"x"\n', /line 2: got 'x', takes an object of columns/],
    ['a list among the lines', 'ndjson', '[1]\n', /line 1: got \[1\], takes an object/],
    ['broken JSON', 'json', '[\n{"a":1},\n]', /rows-\d+\.json: line 2: .*takes JSON: a list of rows/],
    ['rows that are none', 'json', '[{"a":1},2]', /rows-\d+\.json: \[1\]: got 2, takes an object/],
    ['one value for a column', 'json', '{"a":1}', /rows-\d+\.json: a: got 1, takes a list of values/],
    ['a text', 'json', '"a"', /got 'a', takes an object/],
    ['another encoding', 'csv', Buffer.from('\ufeffa\nx', 'utf16le'), /got bytes that are no UTF-8/],
  ])('with %s (%s) names the file and the place', (_what, ending, content, message) => {
    const path = file(ending, content)
    expect(() => plan(path)).toThrow(message)
    expect(() => plan(path)).toThrow('http.post(url, options): option data: ')
  })

  test('that is missing says where it was looked for', () => {
    expect(() => plan('./nowhere.csv')).toThrow(`option data: no such file: ${join(process.cwd(), 'nowhere.csv')}`)
    expect(() => plan(new URL('file:///nowhere/x.jsonl'))).toThrow(/no such file: .*import\.meta\.url/s)
  })
})

describe('rows from code', () => {
  const generated = function* (): Generator<{ a: number }> {
    for (let a = 0; a < 3; a++) yield { a }
  }

  test.each<[string, () => Data]>([
    ['a generator function', () => generated],
    ['a generator', () => generated()],
    ['a function that gives a list', () => () => [{ a: 0 }, { a: 1 }, { a: 2 }]],
    ['a set', () => new Set([{ a: 0 }, { a: 1 }, { a: 2 }])],
    ['the values of a map', () => new Map([0, 1, 2].map((a) => [a, { a }])).values()],
  ])('may come from %s, and come again in a second load', async (_what, data) => {
    const scenario = http.post('http://h/', { body: '{{a}}', data: data() })
    for (let load = 0; load < 2; load++) {
      const compiled = await compileScenario(scenario.plan() as HttpScenarioPlan)
      expect([0, 1, 2, 3].map((k) => String(compiled.prepare(k).body))).toEqual(['0', '1', '2', '0'])
    }
  })

  test.each<[string, () => unknown, RegExp]>([
    [
      'no end',
      () =>
        function* () {
          for (;;) yield { a: 1 }
        },
      /gives more than 100,000 rows, takes rows that come to an end.*\{\{\$iteration\}\}/s,
    ],
    [
      'no end, as an object',
      () =>
        (function* () {
          for (;;) yield { a: 1 }
        })(),
      /gives more than 100,000 rows/,
    ],
    ['no row', () => () => [], /it gave no row/],
    ['something else', () => () => 5, /the function gave 5, takes a list or an iterable/],
    ['a row that is none', () => () => [{ a: 1 }, 'x'], /row 1: got 'x', takes an object of columns/],
    ['a value that is no JSON', () => () => [{ a: { b: () => 1 } }], /row 0: a\.b: got a function, takes JSON data/],
    ['rows that come later', () => async () => [{ a: 1 }], /gives its rows later.*await them into a list first/s],
    ['an asynchronous generator', () => async function* () {}, /gives its rows later/],
  ])('with %s are refused', (_what, data, message) => {
    expect(() => plan(data() as Data)).toThrow(message)
  })
})

describe('what templates know without data', () => {
  test('filler makes texts of a length, from a number or a column', async () => {
    const bodies = await sent(
      2,
      [
        { n: 5, filler: 'own' },
        { n: '300', filler: 'own' },
      ],
      '{{filler n}}|{{filler 3}}|{{filler}}',
    )
    expect(bodies.map((body) => body.split('|').map((part) => part.length))).toEqual([
      [5, 3, 3],
      [300, 3, 3],
    ])
    const long = await sent(1, [{ n: 4096 }], { prompt: '{{filler n}}' })
    expect(JSON.parse(long[0]!)).toEqual({ prompt: expect.stringMatching(/^[a-z ]{4096}$/) })
    const compiled = await compileScenario(
      http.get('http://h/?q={{filler 12}}&f={{{filler 3}}}').plan() as HttpScenarioPlan,
    )
    expect(new URL(`http://h${compiled.prepare(0).path}`).searchParams.get('q')).toHaveLength(12)
  })

  test.each([-1, 1.5, 'x', 1e9])('filler of %s is refused with the row', (n) => {
    expect(() => plan([{ n: 1 }, { n }], '{{filler n}}')).toThrow(
      /cannot be rendered with row 1: filler: got .*takes a number of characters/,
    )
  })

  test('number refuses what is none', () => {
    expect(() => plan([{ a: 'ten' }], { v: '{{number a}}' })).toThrow(/row 0: number: got 'ten', takes a number/)
    expect(() => plan([{ a: '' }], { v: '{{number a}}' })).toThrow(/number: got ''/)
  })

  test('$iteration, $user and $uuid are new in each request', async () => {
    const scenario = http.post('http://h/{{$user}}', {
      body: { i: '{{$iteration}}', u: 'user {{$user}}', id: '{{$uuid}}' },
      headers: { 'x-id': '{{$uuid}}' },
    })
    const compiled = await compileScenario(scenario.plan() as HttpScenarioPlan)
    const requests = [compiled.prepare(7, 3), compiled.prepare(8, 3)]
    expect(requests.map(({ path }) => path)).toEqual(['/3', '/3'])
    const bodies = requests.map(({ body }) => JSON.parse(String(body)) as { id: string })
    expect(bodies).toMatchObject([
      { i: 7, u: 'user 3' },
      { i: 8, u: 'user 3' },
    ])
    expect(bodies[0]!.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    expect(bodies[0]!.id).not.toBe(bodies[1]!.id)
    expect(requests[0]!.headers).toContain(bodies[0]!.id)
  })

  test('a column of such a name is refused where it would be meant', () => {
    expect(() => plan([{ $user: 1 }], '{{$user}}')).toThrow(/row 0 has a column \$user.*give the column another name/s)
    expect(plan([{ $user: 1, a: 2 }], '{{a}}').data).toHaveLength(1)
  })

  test('an order without data is refused', () => {
    expect(() => http.get('http://h/', { dataOrder: 'shuffled' }).plan()).toThrow(
      "option dataOrder: got 'shuffled' without data",
    )
    expect(() => http.get('http://h/', { dataOrder: 'sorted' as never })).toThrow(
      "takes 'sequential', 'shuffled', 'random' or 'unique'",
    )
  })
})
