import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { HttpScenarioPlan } from '../../../src/domain/scenario.ts'
import { compileScenario } from '../../../src/scenarios/compile.ts'
import { http, type HttpOptions } from '../../../src/scenarios/http.ts'
import { workloadHash } from '../../../src/store/workload.ts'
import { loadPlan, users } from '../../support/load-plan.ts'

const folder = mkdtempSync(join(tmpdir(), 'vitest-perf-upload-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: string | Buffer): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const planOf = (options: HttpOptions): HttpScenarioPlan => http.post('http://h/', options).plan() as HttpScenarioPlan
const bodyOf = async (options: HttpOptions, k = 0): Promise<Buffer> =>
  (await compileScenario(planOf(options))).prepare(k).body as Buffer
const messageOf = (options: HttpOptions): string => {
  try {
    planOf(options)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the options were taken')
}

/** Reads a form with the parser of the platform, which is not ours. */
async function formOf(options: HttpOptions, k = 0): Promise<Record<string, unknown>> {
  const plan = planOf(options)
  const body = await bodyOf(options, k)
  const response = new Response(new Uint8Array(body), { headers: { 'content-type': plan.headers['content-type']! } })
  const fields = [...(await response.formData()).entries()].map(async ([name, value]) => [
    name,
    typeof value === 'string' ? value : { name: value.name, type: value.type, text: await value.text() },
  ])
  return Object.fromEntries((await Promise.all(fields)) as [string, unknown][])
}

describe('a form', () => {
  test('holds texts and files as any other parser reads them', async () => {
    const voice = file('voice.wav', 'RIFF\r\n--')
    expect(
      await formOf({
        multipart: {
          model: 'whisper',
          temperature: 0.5,
          stream: false,
          file: { path: voice },
          'odd "name"\r\n': { content: '{}', filename: 'a "b".json' },
          note: { content: 'x', type: 'text/x-own' },
        },
      }),
    ).toEqual({
      model: 'whisper',
      temperature: '0.5',
      stream: 'false',
      file: { name: 'voice.wav', type: 'audio/wav', text: 'RIFF\r\n--' },
      'odd "name"\r\n': { name: 'a "b".json', type: 'application/json', text: '{}' },
      note: { name: 'note', type: 'text/x-own', text: 'x' },
    })
  })

  test('fills templates in texts, paths and file names from the data', async () => {
    file('a.txt', 'first')
    file('b.txt', 'second')
    const options: HttpOptions = {
      multipart: { id: '{{id}}', file: { path: join(folder, '{{id}}.txt'), filename: 'x-{{id}}.txt' } },
      data: { id: ['a', 'b'] },
    }
    expect([await formOf(options, 0), await formOf(options, 1)]).toMatchObject([
      { id: 'a', file: { name: 'x-a.txt', text: 'first' } },
      { id: 'b', file: { name: 'x-b.txt', text: 'second' } },
    ])
  })

  test('repeats a field that has a list', async () => {
    const body = (await bodyOf({ multipart: { tag: ['a', 'b'] } })).toString()
    expect(body.match(/name="tag"/g)).toHaveLength(2)
  })
})

describe('a file as body', () => {
  test('is sent as it is, with the type of its extension unless a header says another', async () => {
    const path = file('voice.mp3', Buffer.from([0, 255, 1]))
    expect(await bodyOf({ bodyFile: path })).toEqual(Buffer.from([0, 255, 1]))
    expect(await bodyOf({ bodyFile: pathToFileURL(path) })).toEqual(Buffer.from([0, 255, 1]))
    expect(planOf({ bodyFile: path }).headers['content-type']).toBe('audio/mpeg')
    expect(planOf({ bodyFile: path, headers: { 'Content-Type': 'x/y' } }).headers['content-type']).toBe('x/y')
    expect(planOf({ bodyFile: file('odd.bin', 'x') }).headers['content-type']).toBe('application/octet-stream')
  })

  test('is read once and shared; a large one is streamed, with its size', async () => {
    const scenario = await compileScenario(planOf({ bodyFile: file('small.txt', 'abc') }))
    expect(scenario.prepare(0).body).toBe(scenario.prepare(1).body)
    const size = 17 * 1024 * 1024
    const large = file('large.bin', '')
    truncateSync(large, size)
    for (const options of [{ bodyFile: large }, { multipart: { a: 'x', file: { path: large } } }]) {
      const body = (await compileScenario(planOf(options))).prepare(0).body!
      if (Buffer.isBuffer(body)) throw new Error('not streamed')
      let sent = 0
      for await (const piece of body.stream()) sent += piece.length
      expect(body.size).toBe(sent)
      expect(sent).toBeGreaterThanOrEqual(size)
    }
  })
})

test.each<[() => HttpOptions, string]>([
  [() => ({ bodyFile: join(folder, 'none.wav') }), `option bodyFile: no such file: ${join(folder, 'none.wav')}`],
  [() => ({ bodyFile: folder }), `option bodyFile: not a file: ${folder}`],
  [
    () => ({ multipart: { file: { path: join(folder, '{{id}}.none') } }, data: { id: [7] } }),
    `option multipart.file.path: no such file: ${join(folder, '7.none')}`,
  ],
  [() => ({ body: 'x', bodyFile: 'y' }), 'options body and bodyFile exclude each other'],
  [() => ({ bodyFile: 'y', multipart: { a: 'b' } }), 'options bodyFile and multipart exclude each other'],
  [() => ({ multipart: {} }), 'option multipart: got {}, takes at least one field'],
  [() => ({ multipart: { a: { path: 'x', content: 'y' } } }), 'takes either path or content'],
  [
    () => ({ multipart: { a: null } }) as unknown as HttpOptions,
    'option multipart.a: got null, takes a text, a number',
  ],
  [
    () => ({ multipart: { a: 'b' }, headers: { 'Content-Type': 'multipart/form-data' } }),
    'option headers.content-type: multipart sets it itself, with its boundary',
  ],
])('what cannot be uploaded is refused and named (%#)', (options, message) => {
  expect(messageOf(options())).toContain('http.post(url, options): option')
  expect(messageOf(options())).toContain(message)
})

test('what is uploaded belongs to the workload, where it lies does not', () => {
  const hash = (options: HttpOptions): string =>
    workloadHash(loadPlan(users(1, 1e6), { scenario: planOf(options) }), folder)
  const [one, same, other] = [file('1.wav', 'abc'), file('2.wav', 'abc'), file('3.wav', 'abd')]
  expect(hash({ bodyFile: one })).toBe(hash({ bodyFile: same }))
  expect(hash({ bodyFile: one })).not.toBe(hash({ bodyFile: other }))
  expect(hash({ multipart: { a: 'x', f: { path: one } } })).toBe(hash({ multipart: { a: 'x', f: { path: same } } }))
  expect(hash({ multipart: { a: 'x' } })).not.toBe(hash({ multipart: { a: 'y' } }))
  expect(hash({ http2: true })).not.toBe(hash({}))
  expect(hash({ keepAlive: false })).not.toBe(hash({}))
  expect(hash({ compression: true })).not.toBe(hash({}))
  expect(hash({ proxy: 'http://u:p@p:1', insecureTls: true })).toBe(hash({}))
})
