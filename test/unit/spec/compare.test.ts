import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import '../../../src/matchers/register.ts'
import { pairsLines } from '../../../reporters/terminal/pairs-view.ts'
import type { SearchPart } from '../../../src/domain/capacity.ts'
import type { PairsSummary } from '../../../src/domain/pairs.ts'
import { seededRandom, standardNormal } from '../../../src/domain/random.ts'
import type { Scenario } from '../../../src/domain/scenario.ts'
import type { SearchSummary } from '../../../src/domain/search.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import type { LoadOptions } from '../../../src/plan/load-options.ts'
import { http } from '../../../src/scenarios/index.ts'
import { type CompareEnvironment, type CompareSession, comparePairwise } from '../../../src/spec/compare.ts'
import { checkOut } from '../../../src/spec/git-worktree.ts'
import type { RunningServer, ServerOptions } from '../../../src/spec/server-process.ts'
import { INVALID, measurementData, plan, reference, series, spread } from '../../support/measurement-builder.ts'

/** Loads whose latencies follow from the URL's path: `/100` takes about 100 ms, give or take 1 %. */
class VirtualSession implements CompareSession {
  readonly controller = new AbortController()
  readonly signal = this.controller.signal
  readonly asked: {
    readonly url: string
    readonly options: LoadOptions & { readonly seed: number }
    readonly part: SearchPart
  }[] = []
  readonly told: PairsSummary[] = []
  readonly #random = seededRandom(3)
  /** Hears of each load before it is answered: its number from 0. */
  before: (load: number) => void = () => undefined
  invalid: readonly number[] = []

  async attempt(scenario: Scenario, options: LoadOptions, part: SearchPart) {
    const sent = scenario.plan()
    const url = sent.kind === 'http' ? sent.url : ''
    const load = this.asked.length
    this.before(load)
    this.asked.push({ url, options: options as LoadOptions & { readonly seed: number }, part })
    const ms = Number(url.split('/').at(-1)) * (1 + 0.01 * standardNormal(this.#random))
    const measurement = measurementData({
      plan: plan({ label: 'comparison' }),
      series: series({ latencies: spread(600, ms * 800, ms * 1200), windowUs: ms * 150e3 }),
      ...(this.invalid.includes(load) ? { validity: INVALID } : {}),
    })
    return { measurement, reference: reference() }
  }

  beginSearch(label: string) {
    return {
      specId: { file: 'a.perf.ts', path: ['is no slower'], label },
      tell: (summary: SearchSummary) => void this.told.push(summary as PairsSummary),
    }
  }

  get last(): PairsSummary {
    return this.told.at(-1)!
  }
}

const at = (ms: number): Scenario => http.get(`http://127.0.0.1:9/${ms}`)
const LOAD = { users: 4, duration: '1s' } as const

function environment(parts: Partial<CompareEnvironment> = {}): CompareEnvironment {
  const refuse = (): Promise<never> => Promise.reject(new Error('nothing of it is asked for here'))
  return { start: refuse, checkOut: refuse, setUp: refuse, cwd: process.cwd(), onInconclusive: 'warn', ...parts }
}

async function compared(a: number, b: number, session = new VirtualSession(), pairs?: number) {
  const options = { ...LOAD, ...(pairs === undefined ? {} : { pairs }) }
  const result = await comparePairwise(session, environment(), { a: at(a), b: at(b) }, options)
  return { result, session }
}

describe('two targets in turn', () => {
  test('ten pairs, each of one load of both sides, the first of them by chance', async () => {
    const { session, result } = await compared(100, 100)
    expect(session.asked).toHaveLength(20)
    const firsts = result.data.pairs.map(({ first }) => first)
    expect(new Set(firsts)).toEqual(new Set(['a', 'b']))
    expect(
      session.asked
        .map(({ part }) => part.progress)
        .slice(0, 2)
        .sort(),
    ).toEqual(['pair 1 of 10 · a', 'pair 1 of 10 · b'])
    // Both loads of a pair draw alike; the next pair's draw anew, and every one is warmed up.
    expect(session.asked.map(({ options }) => options.seed)).toEqual(
      Array.from({ length: 20 }, (_, i) => 1 + Math.floor(i / 2)),
    )
    expect(session.asked.every(({ options, part }) => options.warmup === 'auto' && part.role === 'trial')).toBe(true)
  })

  test('a tenth slower is REGRESSED, a fifth faster IMPROVED, the same OK', async () => {
    expect([(await compared(100, 110)).result.verdict, (await compared(100, 80)).result.verdict]).toEqual([
      'REGRESSED',
      'IMPROVED',
    ])
    const { result } = await compared(100, 100)
    expect(result.metric('latency.p50')).toMatchObject({ verdict: 'OK' })
    expect(result.metric('latency.p50')!.changeInterval![0]).toBeLessThan(0)
    expect(result.metric('ttft.p50')).toBeNull()
  })

  test('the estimate is the planted change, inside its interval', async () => {
    const { change, changeInterval } = (await compared(100, 110)).result.metric('latency.p50')!
    expect(Math.abs(change - 0.1)).toBeLessThan(0.015)
    expect(changeInterval![0]).toBeLessThan(change)
    expect(changeInterval![1]).toBeGreaterThan(change)
  })

  test('a pair with an invalid load takes no part, and it is said', async () => {
    const session = new VirtualSession()
    session.invalid = [3]
    const { result } = await compared(100, 110, session)
    expect(result.data.pairs.map(({ excluded }) => excluded !== null).indexOf(true)).toBe(1)
    expect([result.a.runs, result.b.runs].map((runs) => runs.length)).toEqual([9, 9])
    expect(result.data.comparison).toMatchObject({
      against: 'a, 9 pairs in one job',
      notes: expect.arrayContaining(['1 of 10 pairs take no part: a load of each was invalid']),
    })
  })

  test('fewer than five pairs decide nothing', async () => {
    const { result } = await compared(100, 200, undefined, 4)
    expect(result.verdict).toBe('INCONCLUSIVE')
    expect(() => expect(result).toNotRegress()).toThrow('4 valid pairs: fewer than 5 cannot show')
  })

  test("under onInconclusive: 'rerun' an open question gets more pairs, at most at three looks, and says so", async () => {
    const looked = async (ms: number) => {
      const session = new VirtualSession()
      const options = { ...LOAD, pairs: 6, onInconclusive: 'rerun' } as const
      const result = await comparePairwise(session, environment(), { a: at(100), b: at(ms) }, options)
      return { result, session }
    }
    const slower = await looked(120)
    expect(slower.session.asked).toHaveLength(12)
    expect(slower.result.data.comparison).toMatchObject({ verdict: 'REGRESSED', looks: { made: 1, planned: 3 } })
    const open = await looked(102.4)
    expect(open.session.asked).toHaveLength(36)
    expect(open.result.data.comparison).toMatchObject({ verdict: 'INCONCLUSIVE', looks: { made: 3, planned: 3 } })
    expect(open.session.last).toMatchObject({ asked: 18, end: 'done' })
    expect(open.session.asked.at(-1)!.part.progress).toMatch(/^look 3 of at most 3 · pair 18 of 18 · [ab]$/)
    // Every pair draws anew, also those that were added.
    expect(new Set(open.session.asked.map(({ options }) => options.seed)).size).toBe(18)
    expect(open.result).toNotRegress()
    expect(open.session.last.expectations[0]).toMatchObject({
      verdict: 'weak',
      notes: expect.arrayContaining([expect.stringContaining('look 3 of at most 3')]),
    })
  })

  test('what was measured before a stop stays', async () => {
    const session = new VirtualSession()
    session.before = (load) => {
      if (load === 5) session.controller.abort()
    }
    await expect(compared(100, 110, session)).rejects.toThrow('the comparison was stopped')
    expect(session.last).toMatchObject({ end: 'aborted', asked: 10, pairs: [{}, {}] })
  })

  test.each([
    [null, 'compare({ a, b }, options): got null, takes a base a and a candidate b'],
    [{ a: at(1) }, 'takes a base a and a candidate b'],
    [{ a: at(1), b: 'x' }, "compare({ a, b }): b: got 'x', takes a scenario, or { command, ready, scenario, ref? }"],
    [{ a: at(1), b: { command: 'x', ready: 'y' } }, 'b: option scenario: got undefined, takes a scenario'],
    [{ a: at(1), b: { command: 'x', ready: 'y', scenario: at(1), setup: 'z' } }, 'b: option setup: takes a ref'],
    [{ a: at(1), b: { command: 'x', ready: 'y', scenario: at(1), ref: '' } }, 'ref'],
  ])('%j is refused', async (sides, message) => {
    await expect(comparePairwise(new VirtualSession(), environment(), sides as never, LOAD)).rejects.toThrow(message)
  })

  test('so are wrong options', async () => {
    const wrong = { ...LOAD, pairs: 0 }
    await expect(comparePairwise(new VirtualSession(), environment(), { a: at(1), b: at(1) }, wrong)).rejects.toThrow(
      'pairs',
    )
  })
})

describe('matchers', () => {
  test('a regression fails with what is slower, and its negation holds', async () => {
    const { result, session } = await compared(100, 110)
    expect(() => expect(result).toNotRegress()).toThrow(/b is REGRESSED against a, 10 pairs in one job\n\s+p50 latency/)
    expect(result).not.toNotRegress()
    expect(session.last.expectations.map(({ verdict, comparison }) => [verdict, comparison])).toEqual([
      ['fail', 'REGRESSED'],
      ['pass', 'REGRESSED'],
    ])
  })

  test('margins hold for all metrics or for one', async () => {
    const { result } = await compared(100, 110)
    expect(result).toNotRegress({ margin: '15%', metrics: ['latency.p50', 'latency.p99'] })
    expect(result).toNotRegress({ metrics: { 'latency.p50': { margin: '15%' } } })
    expect(result).not.toNotRegress({ margin: '15%', metrics: { 'latency.p50': { margin: '2%' }, 'latency.p99': {} } })
    // Who wants to spend time finds a tenth more no regression.
    expect(result).toNotRegress({ metrics: { 'latency.p50': { better: 'higher' } } })
  })

  test.each([
    [{ metrics: {} }, 'toNotRegress({ metrics }): got {}, takes a list of metrics'],
    [{ metrics: { speed: {} } }, 'takes a list of metrics'],
    [{ metrics: { qps: { margn: 1 } } }, "unknown option 'margn'"],
    [{ metrics: { qps: { better: 'more' } } }, "option better: got 'more', takes 'lower' or 'higher'"],
    [{ metrics: { errorRate: { better: 'lower' } } }, 'takes no such option: fewer errors are better'],
  ])('%j is refused', async (options, message) => {
    const { result } = await compared(100, 100)
    expect(() => expect(result).toNotRegress(options as never)).toThrow(message)
  })

  test('one side is faster than the other by what is claimed, or is not, or it cannot be told', async () => {
    const { result } = await compared(100, 80.4)
    expect(result.b).toBeFasterThan(result.a, { by: '10%' })
    expect(result.a).not.toBeFasterThan(result.b)
    expect(() => expect(result.b).toBeFasterThan(result.a, { by: '20%' })).toThrow('too noisy to tell')
    expect(result.b).not.toBeFasterThan(result.a, { by: '30%' })
    expect(() => expect(result.b).toBeFasterThan(result.b)).toThrow('takes the other side of the same comparison')
    const other = (await compared(100, 100)).result
    expect(() => expect(result.b).toBeFasterThan(other.a)).toThrow('takes the other side of the same comparison')
  })

  test("what stays open fails under onInconclusive: 'fail'", async () => {
    const strict = environment({ onInconclusive: 'fail' })
    const result = await comparePairwise(
      new VirtualSession(),
      strict,
      { a: at(100), b: at(102.9) },
      { ...LOAD, pairs: 6 },
    )
    expect(result.verdict).toBe('INCONCLUSIVE')
    expect(() => expect(result).toNotRegress()).toThrow("a weak pass fails under onInconclusive: 'fail'")
  })
})

describe('targets that are started', () => {
  function started() {
    const events: string[] = []
    const start = async (options: ServerOptions): Promise<RunningServer> => {
      events.push(`start ${String(options.command)} in ${options.cwd}`)
      const url = `http://127.0.0.1:9/${options.env?.['MS'] ?? 100}`
      return { url, stop: async () => void events.push('stop') } as unknown as RunningServer
    }
    return { events, start }
  }
  const service = { command: 'serve', ready: 'on' } as const
  const scenario = ({ url }: RunningServer): Scenario => http.get(url)

  test('each load has a process of its own, in its own state of the tree, which is removed at the end', async () => {
    const { events, start } = started()
    const folder = mkdtempSync(join(tmpdir(), 'vitest-perf-side-'))
    const parts = {
      start,
      checkOut: async (ref: string) => ({
        directory: folder,
        commit: 'abc1234',
        remove: async () => void events.push(`remove ${ref}`),
      }),
      setUp: async (line: string, cwd: string) => events.push(`${line} in ${cwd}`),
    }
    const session = new VirtualSession()
    const a = { ...service, ref: 'main', setup: 'npm ci' }
    const b = { ...service, env: { MS: '110' } }
    const result = await comparePairwise(session, environment(parts), { a, b }, { ...LOAD, pairs: 5, scenario })
    rmSync(folder, { recursive: true })
    expect(events[0]).toBe(`npm ci in ${folder}`)
    expect(events.filter((event) => event === 'stop')).toHaveLength(10)
    expect(events.filter((event) => event === `start serve in ${folder}`)).toHaveLength(5)
    expect(events.filter((event) => event === `start serve in ${process.cwd()}`)).toHaveLength(5)
    expect(events.at(-1)).toBe('remove main')
    expect(result.data.names).toEqual({ a: 'main (abc1234)', b: 'serve' })
    expect(result).not.toNotRegress()
  })

  test('a load that fails stops its process and removes the checkout', async () => {
    const { events, start } = started()
    const session = new VirtualSession()
    session.before = () => {
      throw new Error('no answer')
    }
    const tree = { directory: process.cwd(), commit: 'abc1234', remove: async () => void events.push('removed') }
    const parts = environment({ start, checkOut: async () => tree })
    const sides = { a: { ...service, ref: 'main' }, b: service }
    await expect(comparePairwise(session, parts, sides, { ...LOAD, scenario })).rejects.toThrow('no answer')
    expect(events.slice(1)).toEqual(['stop', 'removed'])
    expect(session.last.end).toBe('aborted')
  })

  test('a checkout that cannot be set up is removed', async () => {
    const events: string[] = []
    const tree = { directory: process.cwd(), commit: 'abc1234', remove: async () => void events.push('removed') }
    const parts = environment({ checkOut: async () => tree, setUp: () => Promise.reject(new Error('npm ci failed')) })
    const sides = { a: { ...service, ref: 'main', setup: 'npm ci' }, b: service }
    await expect(comparePairwise(new VirtualSession(), parts, sides, { ...LOAD, scenario })).rejects.toThrow(
      'npm ci failed',
    )
    expect(events).toEqual(['removed'])
  })
})

describe('a checkout', () => {
  const repository = realpathSync(mkdtempSync(join(tmpdir(), 'vitest-perf-repo-')))
  afterAll(() => rmSync(repository, { recursive: true, force: true }))
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=n', '-c', 'user.email=e@x', ...args], { encoding: 'utf8' })

  test('holds the other state, leaves this one alone, and is gone afterwards', async () => {
    git('init', '-q', '-b', 'main')
    writeFileSync(join(repository, 'a.txt'), 'old')
    git('add', '.')
    git('commit', '-qm', 'one')
    writeFileSync(join(repository, 'a.txt'), 'new')
    const tree = await checkOut('main', repository)
    expect(readFileSync(join(tree.directory, 'a.txt'), 'utf8')).toBe('old')
    expect(readFileSync(join(repository, 'a.txt'), 'utf8')).toBe('new')
    expect(git('rev-parse', 'main')).toContain(tree.commit)
    await tree.remove()
    await tree.remove()
    expect(existsSync(tree.directory)).toBe(false)
    expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1)
    await expect(checkOut('nowhere', repository)).rejects.toThrow("option ref: got 'nowhere', takes a commit of")
    await expect(checkOut('--help', repository)).rejects.toThrow("got '--help', takes a commit of")
  })
})

describe('the view', () => {
  test('shows each pair, then what all of them show', async () => {
    const session = new VirtualSession()
    session.invalid = [2]
    const { result } = await compared(100, 110, session, 6)
    try {
      expect(result).toNotRegress()
    } catch {
      // What it says is in the block.
    }
    const lines = pairsLines(session.last, { columns: 100, style: PLAIN_STYLE })
    expect(lines[0]).toBe('is no slower · comparison · 6 of 6 pairs')
    expect(lines[2]).toMatch(/^pair {2}first {2}a p50 latency +b +change +a qps +b +change$/)
    expect(lines[9]).toMatch(/^pair 2 takes no part: [ab]: /)
    expect(lines.join('\n')).toContain('REGRESSED against a, 5 pairs in one job')
    expect(lines.join('\n').match(/p50 latency REGRESSED/g)).toHaveLength(1)
    expect(lines.at(-1)).toMatch(/^✗ FAIL: no regression/)
    for (const columns of [40, 60, 80]) {
      const narrow = pairsLines(session.last, { columns, style: PLAIN_STYLE })
      expect(Math.max(...narrow.map(displayWidth))).toBeLessThanOrEqual(columns)
    }
    expect(pairsLines({ ...session.last, pairs: [] }, { columns: 80, style: PLAIN_STYLE })).toEqual([])
  })
})
