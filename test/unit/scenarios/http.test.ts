import { describe, expect, test } from 'vitest'
import { LoadError } from '../../../src/domain/load-error.ts'
import { compileScenario, loadCallCompiler } from '../../../src/scenarios/compile.ts'
import { http, type HttpOptions } from '../../../src/scenarios/http.ts'
import type { HttpScenarioPlan } from '../../../src/domain/scenario.ts'
import { PLAIN_TRANSPORT } from '../../../src/domain/transport-plan.ts'
import type { PreparedRequest } from '../../../src/scenarios/exchange.ts'

const ORDERS = 'http://127.0.0.1:3000/orders'
const plan = (options?: HttpOptions, url = ORDERS): HttpScenarioPlan =>
  http.post(url, options).plan() as HttpScenarioPlan

async function requests(n: number, options: HttpOptions, url = ORDERS): Promise<PreparedRequest[]> {
  const compiled = await compileScenario(plan(options, url))
  return Array.from({ length: n }, (_, k) => compiled.prepare(k))
}

function messageOf(run: () => unknown): string {
  let thrown: unknown
  try {
    run()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(LoadError)
  return (thrown as LoadError).message
}

const NASTY = ['say "hi"', 'two\nlines\t', '\u2028 é 😀 \\', '{{not}} a template', '</script>&<>', '\u0000\u001f', '']

describe('a plain HTTP scenario', () => {
  test('has the defaults that its options document', () => {
    expect(http.get(`${ORDERS}?a=1`).plan()).toEqual({
      kind: 'http',
      name: 'GET /orders',
      method: 'GET',
      url: `${ORDERS}?a=1`,
      headers: { 'user-agent': 'vitest-perf', accept: '*/*' },
      body: null,
      bodyForm: 'text',
      templated: false,
      data: [],
      timeout: { connectUs: 10e6, headersUs: 60e6, chunkUs: 60e6, totalUs: 600e6 },
      maxRedirects: 0,
      expectStatus: null,
      check: null,
      transport: PLAIN_TRANSPORT,
    })
  })

  test('its plan is data that can be copied to another process', () => {
    const made = plan({
      body: { a: 1 },
      check: { bodyMatches: /a+/gi },
      timeout: { total: '5m', chunk: '1s' },
      followRedirects: true,
      expectStatus: 204,
    })
    expect(structuredClone(made)).toEqual(made)
    expect(made).toMatchObject({
      timeout: { connectUs: 10e6, headersUs: 300e6, chunkUs: 1e6, totalUs: 300e6 },
      check: { bodyMatches: { source: 'a+', flags: 'i' } },
      maxRedirects: 10,
      expectStatus: [204],
    })
  })

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const)('sends %s', (method) => {
    const scenario = http[method.toLowerCase() as keyof typeof http](ORDERS)
    expect(scenario.plan()).toMatchObject({ method, name: `${method} /orders` })
  })

  test('a request without templates is made once and reused', async () => {
    const [a, b] = await requests(2, { body: { x: 'é' }, headers: { 'X-A': '1' } })
    expect(a).toBe(b)
    expect(a).toMatchObject({ origin: 'http://127.0.0.1:3000', path: '/orders' })
    expect(a!.headers).toEqual([
      'user-agent',
      'vitest-perf',
      'accept',
      '*/*',
      'content-type',
      'application/json',
      'x-a',
      '1',
    ])
    expect(a!.body!.toString()).toBe('{"x":"é"}')
  })

  test('a text body is sent as it is, without a content type of ours', () => {
    expect(plan({ body: 'a=1' })).toMatchObject({ body: 'a=1', bodyForm: 'text' })
    expect(plan({ body: 'a=1' }).headers).not.toHaveProperty('content-type')
    expect(plan({ body: [1], headers: { 'Content-Type': 'application/x' } }).headers['content-type']).toBe(
      'application/x',
    )
  })

  test('credentials in the address become an authorization header unless one is given', async () => {
    const [request] = await requests(1, {}, 'https://user:p%40ss@h:8443/x')
    expect(request).toMatchObject({ origin: 'https://h:8443', path: '/x' })
    expect(request!.headers.slice(-2)).toEqual([
      'authorization',
      `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
    ])
    const [own] = await requests(1, { headers: { Authorization: 'Bearer t' } }, 'https://user:pass@h/x')
    expect(own!.headers.filter((part) => part === 'authorization')).toHaveLength(1)
  })
})

describe('a base address', () => {
  test('is joined with a path, whichever slashes are there', () => {
    for (const baseUrl of ['http://h:1/api', 'http://h:1/api/', { url: 'http://h:1/api/' }]) {
      for (const path of ['x?y=1', '/x?y=1']) expect(plan({ baseUrl }, path).url).toBe('http://h:1/api/x?y=1')
    }
    expect(plan({ baseUrl: 'http://other' }).url).toBe(ORDERS)
  })

  test('of a server is read when the plan is made, never before', () => {
    let port: number | null = null
    const server = {
      get url(): string {
        if (port === null) throw new Error('not started')
        return `http://127.0.0.1:${port}`
      },
    }
    const scenario = http.get('/health', { baseUrl: server })
    port = 4711
    expect(scenario.plan()).toMatchObject({ url: 'http://127.0.0.1:4711/health' })
  })

  test('that is missing or no address is named', () => {
    expect(messageOf(() => plan({}, '/x'))).toContain(
      "url: got '/x', takes an absolute http(s) URL, or a path with the option baseUrl",
    )
    expect(messageOf(() => plan({ baseUrl: 'localhost:1' }, '/x'))).toContain(
      "option baseUrl: got 'localhost:1', takes a URL",
    )
    expect(messageOf(() => plan({ baseUrl: { url: '' } }, '/x'))).toContain('environment variable')
    expect(messageOf(() => plan({}, 'ftp://h/x'))).toContain("url: got 'ftp://h/x'")
    expect(messageOf(() => http.get(undefined as never))).toContain('url: got undefined')
  })
})

describe('templates', () => {
  test('rows are used in turn, columns are repeated up to the longest', async () => {
    const made = await requests(5, { body: '{{a}}-{{b}}', data: { a: [1, 2, 3], b: ['x', 'y'] } })
    expect(made.map(({ body }) => String(body))).toEqual(['1-x', '2-y', '3-x', '1-x', '2-y'])
    expect(made[3]).toBe(made[0])
  })

  test('a row costs its rendering once: the same row is the same request', async () => {
    const [first, , again] = await requests(3, { body: '{{a}}', data: [{ a: 1 }, { a: 2 }] })
    expect(again).toBe(first)
  })

  test('inside a JSON body any row gives valid JSON with exactly its values', async () => {
    const made = await requests(NASTY.length, {
      body: { text: 'a {{x}} b', deep: [{ whole: '{{x}}' }] },
      data: { x: NASTY },
    })
    expect(made.map(({ body }) => JSON.parse(String(body)))).toEqual(
      NASTY.map((x) => ({ text: `a ${x} b`, deep: [{ whole: x }] })),
    )
  })

  test('a text that is nothing but a column keeps the type of its value', async () => {
    const row = { n: 5, list: [{ role: 'user', content: 'hi' }], no: false, nil: null, in: { a: { b: 1.5 } } }
    const [made] = await requests(1, {
      body: { n: '{{n}}', list: '{{ list }}', no: '{{no}}', nil: '{{nil}}', deep: '{{in.a.b}}', text: 'n={{n}}' },
      data: [row],
    })
    expect(JSON.parse(String(made!.body))).toEqual({
      n: 5,
      list: row.list,
      no: false,
      nil: null,
      deep: 1.5,
      text: 'n=5',
    })
  })

  test('in a text body values stand as they are', async () => {
    const made = await requests(NASTY.length, { body: '<{{x}}>', data: { x: NASTY } })
    expect(made.map(({ body }) => String(body))).toEqual(NASTY.map((x) => `<${x}>`))
  })

  test('in the URL values are encoded as one component, with three braces not at all', async () => {
    const [made] = await requests(1, { data: { q: ['a b&c=é/?#'], path: ['/v1/x?y=1'] } }, 'http://h{{{path}}}&q={{q}}')
    expect(made).toMatchObject({ origin: 'http://h', path: `/v1/x?y=1&q=${encodeURIComponent('a b&c=é/?#')}` })
  })

  test('headers take values, and a value that would break the header is refused before any load', async () => {
    const [made] = await requests(1, { headers: { 'x-id': 'id {{x}}' }, data: { x: [7] } })
    expect(made!.headers).toContain('id 7')
    expect(messageOf(() => plan({ headers: { 'x-id': '{{x}}' }, data: { x: ['ok', 'a\r\nb: c'] } }))).toContain(
      'header x-id: row 1 of the data',
    )
  })

  test('blocks of Handlebars work', async () => {
    const [made] = await requests(1, {
      body: '{{#each items}}[{{this}}]{{/each}}{{#if on}}yes{{else}}no{{/if}}',
      data: [{ items: ['a', '"'], on: false }],
    })
    expect(String(made!.body)).toBe('[a]["]no')
  })

  test('escaped braces are no template', async () => {
    const [made] = await requests(1, { body: '\\{{x}}' })
    expect(String(made!.body)).toBe('{{x}}')
  })

  test.each(['constructor', '__proto__', 'toString', 'a.constructor'])(
    'the prototype cannot be reached: {{%s}} is a missing column',
    (name) => {
      for (const body of [`x{{${name}}}`, { x: `{{${name}}}` }]) {
        expect(messageOf(() => plan({ body, data: [{ a: { b: 1 } }] }))).toMatch(
          /names '(constructor|__proto__|toString)', but row 0 of the data has a/,
        )
      }
    },
  )

  test('a column may have the name of a helper or of a property of every object', async () => {
    const [made] = await requests(1, { body: '{{log}} {{constructor}}', data: [{ log: 'l', constructor: 'c' }] })
    expect(String(made!.body)).toBe('l c')
  })

  test('a missing column is named with its row and what there is', () => {
    expect(messageOf(() => plan({ body: { a: ['{{x}} y'] }, data: [{ x: 1 }, { z: 1, y: 2 }] }))).toContain(
      "http.post(url, options): body.a[0]: template '{{x}} y' names 'x', but row 1 of the data has z, y",
    )
    expect(messageOf(() => plan({ body: '{{x}}' }))).toContain("names 'x', but there is no data")
  })

  test('an object in the middle of a text, broken syntax and unused data are refused', () => {
    expect(messageOf(() => plan({ body: 'a {{x}}', data: [{ x: { y: 1 } }] }))).toContain(
      'puts an object of row 0 into a text',
    )
    expect(messageOf(() => plan({ body: '{{#x}', data: [{ x: 1 }] }))).toContain('cannot be rendered')
    expect(messageOf(() => plan({ body: 'x', data: [{ prompt: 1 }] }))).toMatch(
      /option data: nothing .* every request would be the same[^]*{{prompt}}/,
    )
  })

  test('rows after the first 1,000 are tried when they are sent', async () => {
    const data = Array.from({ length: 1002 }, (_, i) => (i === 1001 ? { y: 1 } : { x: i }))
    const compiled = await compileScenario(plan({ body: '{{x}}', data }))
    expect(String(compiled.prepare(1000).body)).toBe('1000')
    expect(() => compiled.prepare(1001)).toThrow(/names 'x', but row 1001 of the data has y/)
  })
})

describe('wrong options name the option, what they got and what it takes', () => {
  test.each<[object, string]>([
    [{ tiemout: 1 }, 'unknown option tiemout: got 1'],
    [{ timeout: '10 parsecs' }, "option timeout: got '10 parsecs', takes a duration such as '250ms'"],
    [{ timeout: 0 }, 'option timeout: got 0, takes a duration'],
    [{ timeout: { total: -1 } }, 'option timeout.total: got -1, takes a duration'],
    [{ timeout: { totel: '1s' } }, "unknown option timeout.totel: got '1s'"],
    [{ headers: { 'a b': 'x' } }, "option headers.a b: got 'x', takes a header name"],
    [
      { headers: { 'Content-Length': '5' } },
      "option headers.Content-Length: got '5', takes no headers that the client sets itself",
    ],
    [{ headers: { a: 1 } }, 'option headers.a: got 1, takes a text'],
    [{ headers: { a: 'x\ny' } }, 'takes a text of one line'],
    [{ expectStatus: [200, 999] }, 'option expectStatus[1]: got 999, takes a status from 100 to 599'],
    [{ followRedirects: -1 }, 'option followRedirects: got -1, takes true, false or a number of redirects'],
    [{ client: 'curl' }, "option client: got 'curl', takes 'auto', 'undici' or 'wire'"],
    [{ insecureTls: 'yes' }, "option insecureTls: got 'yes', takes true or false"],
    [{ data: [] }, 'option data: got [], takes at least one row'],
    [{ data: { a: [] } }, 'option data.a: got [], takes at least one value'],
    [{ data: 'rows.txt' }, "option data: got 'rows.txt', takes a list of rows"],
    [{ data: [{ a: () => 1 }] }, 'option data[0].a: got a function, takes JSON data'],
    [{ body: { a: [1, Number.NaN] } }, 'option body.a[1]: got NaN, takes JSON data'],
    [{ body: new Map() }, 'option body: got {}, takes JSON data'],
    [{ body: { file: Buffer.from('x') } }, 'option body.file: got'],
    [{ check: { json: 5 } }, 'option check.json: got 5, takes an object of paths and values'],
    [{ check: { bodyMatches: '(' } }, "option check.bodyMatches: got '(', takes a regular expression"],
    [{ check: { status: 200 } }, 'unknown option check.status: got 200'],
    [
      { check: () => true },
      'option check: got a function, takes { bodyIncludes, bodyMatches, json, minBytes, minTime }; a check is data here; code belongs into a scenario module',
    ],
    [{ baseUrl: 5 }, "option baseUrl: got 5, takes a URL such as 'http://127.0.0.1:8000'"],
    [{ name: '' }, "option name: got '', takes a text"],
  ])('%j', (options, message) => {
    expect(messageOf(() => http.post(ORDERS, options))).toContain(
      `http.post(url, options): ${message.startsWith('takes') ? '' : message}`,
    )
    expect(messageOf(() => http.post(ORDERS, options))).toContain(message)
  })

  test('a cycle in a body is refused', () => {
    const body: { self?: unknown } = {}
    body.self = body
    expect(messageOf(() => http.post(ORDERS, { body }))).toContain('option body.self')
  })

  test('secrets do not show in messages', () => {
    expect(messageOf(() => http.post(ORDERS, { headers: { Authorization: 'Bearer abc\n' } }))).not.toContain('abc')
  })
})

describe('calls of a scenario module', () => {
  test('are no templates, keep the whole body and are named by their route', async () => {
    const calls = await loadCallCompiler()
    const call = calls.http('POST', 'http://h/items/4711/parts/3f2a9c1e-0000-4000-8000-000000000000?x=1', {
      body: '{{x}}',
      allowFailure: true,
    })
    expect(call.request).toMatchObject({
      name: 'POST /items/*/parts/*',
      path: '/items/4711/parts/3f2a9c1e-0000-4000-8000-000000000000?x=1',
    })
    expect(String(call.request.body)).toBe('{{x}}')
    expect(call.allowFailure).toBe(true)
    const reader = call.reader({ delta: () => {} })
    reader.head(200, {})
    reader.data(Buffer.alloc(100_000, 'a'), 1)
    expect(reader.end({}).failure).toBeNull()
    expect(reader.text()).toHaveLength(100_000)
  })

  test('refuse data and other unknown options', async () => {
    const calls = await loadCallCompiler()
    expect(messageOf(() => calls.http('GET', 'http://h/', { data: [{ a: 1 }] }))).toContain('unknown option data')
    expect(
      messageOf(() => calls.chat({ model: 'm', baseUrl: 'http://h', messages: [{ role: 'user' }], data: [] })),
    ).toContain('unknown option data')
  })
})

describe('the client', () => {
  const clientOf = (url: string, client?: 'auto' | 'undici' | 'wire'): string => {
    const plan = http.get(url, client === undefined ? {} : { client }).plan()
    return 'transport' in plan ? plan.transport.client : ''
  }

  test('is the wire client wherever it can serve, unless undici is asked for', () => {
    expect(clientOf('http://a.test/')).toBe('wire')
    expect(clientOf('HTTP://a.test/', 'auto')).toBe('wire')
    expect(clientOf('http://a.test/', 'undici')).toBe('undici')
    expect(clientOf('https://a.test/')).toBe('undici')
  })

  test('cannot be the wire client where it cannot serve', () => {
    expect(() => clientOf('https://a.test/', 'wire')).toThrow(
      "http.get(url, options): option client: got 'wire' with an https URL, takes 'auto' or 'undici' there",
    )
  })
})
