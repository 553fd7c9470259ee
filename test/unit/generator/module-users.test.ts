import type { IncomingMessage, RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { LoadPlan, ProfilePlan } from '../../../src/domain/load-plan.ts'
import type { Measurement } from '../../../src/measure/measurement.ts'
import { arrivals, loadPlan, SECOND, users } from '../../support/load-plan.ts'
import { sessionBench, type SessionLoad, sessionLoad } from '../../support/session-load.ts'

const { serve, module } = sessionBench()

/** Defines a module's scenario with hooks without this package, which the temporary folder does not have. */
const DEFINE = `const defineScenario = (run, hooks) =>
  Object.defineProperty(run, Symbol.for('vitest-perf.ScenarioHooks'), { value: hooks });\n`

const counted = (iterations: number, count: number): ProfilePlan => ({
  executor: 'per-vu-iterations',
  users: count,
  iterationsPerUser: iterations,
  thinkTime: null,
  maxDurationUs: 20 * SECOND,
})

function load(
  source: string,
  profile: ProfilePlan,
  params: unknown = {},
  changes: Partial<LoadPlan> = {},
): Promise<SessionLoad> {
  return sessionLoad(loadPlan(profile, { scenario: module('flow', DEFINE + source, params), ...changes }))
}

async function run(...of: Parameters<typeof load>): Promise<Measurement> {
  const { run: measured, scenarioErrors } = await load(...of)
  expect(scenarioErrors).toEqual([])
  return measured
}
const attempted = (measured: Measurement, name: string): number => measured.scenario(name).series.outcomes.attempted

/** Answers, and keeps what came. */
function listener(
  seen: string[],
  answer: (request: IncomingMessage) => Record<string, string | string[]> = () => ({}),
): RequestListener {
  return (request, response) => {
    seen.push(`${request.url} ${request.headers.cookie ?? '-'}`)
    const headers = answer(request)
    response.writeHead('location' in headers ? 302 : 200, headers)
    response.end('{}')
  }
}

describe('the cookies of a user', () => {
  test('are kept between its iterations, sent by path, and taken from redirects; each user has its own', async () => {
    const seen: string[] = []
    let logins = 0
    const url = await serve(
      listener(seen, ({ url: path }) => {
        if (path === '/login')
          return {
            location: '/home',
            'set-cookie': [`id=${++logins}; HttpOnly`, 'old=1; Max-Age=0', 'shop=9; Path=/shop'],
          }
        return path === '/home' ? { 'set-cookie': 'seen=yes' } : {}
      }),
    )
    const measured = await run(
      `export default async ({ http, params, iterationOfUser }) => {
        if (iterationOfUser === 0) await http.get(params.url + '/login', { followRedirects: true })
        await http.get(params.url + '/shop/a', { name: 'shop', headers: { cookie: 'mine=1; seen=no' } })
      }`,
      counted(2, 2),
      { url },
    )
    expect(measured.series.outcomes).toMatchObject({ attempted: 4, good: 4 })
    expect(seen.filter((line) => line.startsWith('/login'))).toEqual(['/login -', '/login -'])
    expect(seen.filter((line) => line.startsWith('/home')).sort()).toEqual(['/home id=1', '/home id=2'])
    const shop = seen.filter((line) => line.startsWith('/shop')).sort()
    expect(shop).toEqual([1, 1, 2, 2].map((id) => `/shop/a mine=1; seen=no; shop=9; id=${id}`))
  }, 20_000)

  test('may be read, set and cleared, and switched off', async () => {
    const seen: string[] = []
    const url = await serve(listener(seen, () => ({ 'set-cookie': 'a=1' })))
    await run(
      `export default async ({ http, params: { url }, cookies, check }) => {
        await http.get(url)
        check(JSON.stringify(cookies.get(url)) === '{"a":"1"}', 'read')
        cookies.set(url, 'b=2; Path=/')
        await http.get(url + '/both')
        cookies.clear()
        await http.get(url + '/none')
        let message = ''
        try { cookies.set(url, 'c=3; Domain=elsewhere.example') } catch (error) { message = error.message }
        check(message.includes("got 'c=3; Domain=elsewhere.example'"), message)
      }`,
      counted(1, 1),
      { url },
    ).then((measured) => expect(measured.series.outcomes).toMatchObject({ good: 1 }))
    await run(
      `export default defineScenario(async ({ http, params: { url } }) => void (await http.get(url + '/off')), { cookies: false })`,
      counted(2, 1),
      { url },
    )
    expect(seen).toEqual(['/ -', '/both a=1; b=2', '/none -', '/off -', '/off -'])
  }, 20_000)
})

describe('a user', () => {
  test('keeps its state between iterations, and starts anew when it has left and comes back', async () => {
    const seen: string[] = []
    const url = await serve(listener(seen))
    const level = (count: number): { users: number; durationUs: number; rampUs: number } => ({
      users: count,
      durationUs: 400_000,
      rampUs: 0,
    })
    const profile: ProfilePlan = {
      executor: 'ramping-vus',
      steps: [level(2), level(1), level(2)],
      spawnRatePerSecond: null,
      thinkTime: null,
    }
    const measured = await run(
      `export default defineScenario(
        async ({ http, params: { url }, state, user, iterationOfUser, sleep, check }) => {
          state.count = (state.count ?? 0) + 1
          check(state.count === iterationOfUser + 1, 'state and iterations agree')
          check(state.token === 'token ' + user, 'started')
          await sleep('40ms')
        },
        {
          onStart: async ({ http, params: { url }, state, user }) => {
            await http.get(url + '/start?' + user, { name: 'login' })
            state.token = 'token ' + user
          },
          onStop: async ({ http, params: { url }, state, user }) => void (await http.get(url + '/stop?' + user + '&' + (state.count > 3), { name: 'logout' })),
        },
      )`,
      profile,
      { url },
    )
    expect(measured.series.outcomes.failedByKind).toEqual({})
    const of = (what: string, user: number): number => seen.filter((line) => line.startsWith(`/${what}?${user}`)).length
    expect([of('start', 0), of('start', 1), of('stop', 0), of('stop', 1)]).toEqual([1, 2, 1, 2])
    expect(seen.filter((line) => line.startsWith('/stop')).every((line) => line.includes('true'))).toBe(true)
  }, 20_000)

  test('starts before its first iteration, which does not last longer for it', async () => {
    const url = await serve((_request, response) => void setTimeout(() => response.end(), 150))
    const source = `export default defineScenario(async ({ sleep }) => sleep('10ms'), {
      onStart: async ({ http, params, step }) => step('sign in', () => http.get(params.url, { name: 'login' })),
    })`
    const closed = await run(source, counted(3, 2), { url })
    expect(closed.series.outcomes).toMatchObject({ attempted: 6, good: 6 })
    expect([attempted(closed, 'login'), attempted(closed, 'sign in')]).toEqual([2, 2])
    expect(closed.series.distributions.latency!.min).toBeLessThan(149_000)
    // An arrival waits for its user, and says so.
    const open = await run(source, arrivals(20, SECOND, { maxUsers: 2 }), { url })
    expect(open.series.outcomes).toMatchObject({ attempted: 20, good: 20 })
    expect(attempted(open, 'login')).toBe(2)
    expect(open.series.distributions.latency!.max).toBeGreaterThan(150_000)
  }, 20_000)

  test('that cannot start has a failed iteration in place of one, and tries again', async () => {
    let logins = 0
    const url = await serve((_request, response) => {
      response.statusCode = ++logins <= 2 ? 503 : 200
      response.end()
    })
    const measured = await run(
      `export default defineScenario(async ({ state, check }) => check(state.in, 'logged in'), {
        onStart: async ({ http, params, state }) => { await http.get(params.url, { name: 'login' }); state.in = true },
      })`,
      counted(5, 1),
      { url },
    )
    expect(measured.series.outcomes).toMatchObject({ attempted: 5, good: 3, failedByKind: { http: 2 } })
    expect(measured.scenario('login').series.outcomes).toMatchObject({ attempted: 3, good: 1 })
    expect(measured.data.errors).toMatchObject([{ kind: 'http', detail: '503', count: 2 }])
  }, 20_000)

  test('that never stops is stopped: the load ends after its graceful stop', async () => {
    const measured = await run(
      `export default defineScenario(async () => {}, { onStop: () => new Promise(() => {}) })`,
      users(2, 300_000, { thinkTime: { minUs: 50_000, maxUs: 50_000 } }),
      {},
      { gracefulStopUs: 200_000 },
    )
    expect(measured.series.outcomes.good).toBeGreaterThan(1)
    expect(measured.data.totalUs).toBeLessThan(5 * SECOND)
  }, 20_000)
})

describe('steps and checks', () => {
  test('are counted under their names, nested ones and those that fail too', async () => {
    const url = await serve((request, response) => {
      response.statusCode = request.url === '/bad' ? 500 : 200
      setTimeout(() => response.end('{"items":[1,2]}'), 20)
    })
    const measured = await run(
      `export default async ({ http, params: { url }, step, checks, iteration }) => {
        const body = await step('browse', async () => {
          await step('front page', () => http.get(url + '/front', { name: 'GET front' }))
          return (await http.get(url + '/list', { name: 'GET list' })).json()
        })
        checks(body, {
          'two items': ({ items }) => items.length === 2,
          'few iterations': () => iteration !== 3,
          'deep': ({ none }) => iteration !== 3 || none.deep,
        })
        await step('pay', async () => {
          if (iteration === 1) await http.get(url + '/bad', { name: 'GET bad' })
        })
      }`,
      counted(4, 1),
      { url },
    )
    expect(measured.series.outcomes).toMatchObject({ attempted: 4, good: 2, failedByKind: { http: 1, check: 1 } })
    expect(measured.scenario('browse').series.outcomes).toMatchObject({ attempted: 4, good: 4 })
    expect(measured.scenario('front page').series.outcomes).toMatchObject({ attempted: 4, good: 4 })
    expect(measured.scenario('pay').series.outcomes).toMatchObject({ attempted: 3, good: 2, failedByKind: { http: 1 } })
    expect(measured.scenario('browse').series.distributions.latency!.min).toBeGreaterThanOrEqual(38_000)
    expect(measured.scenario('front page').series.distributions.latency!.min).toBeGreaterThanOrEqual(19_000)
    expect(measured.check('two items')).toEqual({ passed: 4, failed: 0 })
    expect(measured.check('few iterations')).toEqual({ passed: 3, failed: 1 })
    expect(measured.check('deep')).toEqual({ passed: 3, failed: 1 })
    expect(measured.data.errors.find(({ kind }) => kind === 'check')).toMatchObject({
      detail: 'few iterations',
      message: expect.stringMatching(/^few iterations, deep \(threw TypeError: .*\)$/),
    })
    expect(() => measured.check('tow items')).toThrow(/it has 'deep', 'few iterations', 'two items'/)
  }, 20_000)

  test.each([
    [
      'a promise as the answer of a check',
      `checks(1, { late: async () => false })`,
      /checks\(value, \{ 'late' \}\): got a promise, takes a function that says at once/,
    ],
    [
      'a step and a request of one name',
      `await step('login', () => http.get('http://127.0.0.1:9/', { name: 'login', allowFailure: true }))`,
      /a request and a step are both called 'login'/,
    ],
    ['a step without a function', `await step('login')`, /step\(name, work\): got 'login', undefined/],
  ])(
    '%s ends the load',
    async (_what, source, message) => {
      const { scenarioErrors } = await load(
        `export default async ({ http, step, checks }) => { ${source} }`,
        counted(1, 1),
      )
      expect(scenarioErrors).toEqual([expect.stringMatching(message)])
    },
    20_000,
  )
})
