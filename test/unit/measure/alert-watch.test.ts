import { describe, expect, test } from 'vitest'
import type { AlertChange } from '../../../src/domain/alert.ts'
import type { ResourceValues, WatchedResource } from '../../../src/domain/resource.ts'
import { AlertTable } from '../../../src/measure/alert-table.ts'
import { AlertWatch } from '../../../src/measure/alert-watch.ts'
import { ALERTS } from '../../../src/plan/alert-options.ts'
import { liveSecond } from '../../support/live-second.ts'

const HOST: WatchedResource = { kind: 'host', name: 'host', cores: 4, memoryBytes: 16e9 }
const LLM: WatchedResource = { kind: 'process', name: 'llm', cores: 4, memoryBytes: 16e9 }

/** A watch over one alert, fed samples of half a second. */
function watching(option: unknown) {
  const watch = new AlertWatch(ALERTS.parse(option))
  let atUs = 0
  const feed = (values: ResourceValues, times: number, resource = HOST, phase: 'warmup' | 'load' = 'load') => {
    const changes: AlertChange[] = []
    for (let i = 0; i < times; i++) {
      atUs += 500_000
      changes.push(...watch.sample(resource, { watched: resource.name, atUs, spanUs: 500_000, values }, phase))
    }
    return changes.map((change) => (change.kind === 'unwatched' ? change.kind : { kind: change.kind, ...change.span }))
  }
  return { watch, feed }
}

describe('an alert on a number of a resource', () => {
  test('begins when the limit was broken for all of its time, and not before', () => {
    const { feed } = watching({ cpu: '> 90%', for: '3s' })
    expect(feed({ cpuShare: 0.5 }, 2)).toEqual([])
    expect(feed({ cpuShare: 0.95 }, 5)).toEqual([])
    expect(feed({ cpuShare: 0.97 }, 1)).toEqual([
      {
        kind: 'began',
        watched: 'host',
        metric: 'cpuShare',
        limit: 0.9,
        side: 'above',
        fromUs: 1e6,
        toUs: 4e6,
        ended: false,
        peak: 0.97,
      },
    ])
    expect(feed({ cpuShare: 0.99 }, 20)).toEqual([])
  })

  test('never begins where the limit is kept once within that time, or met without being passed', () => {
    const { watch, feed } = watching({ cpu: '> 90%', for: '3s' })
    for (let i = 0; i < 10; i++) expect([...feed({ cpuShare: 1 }, 5), ...feed({ cpuShare: 0.9 }, 1)]).toEqual([])
    expect(watch.end()).toMatchObject({ open: [], watched: [{ name: 'cpu' }] })
  })

  test('ends when the limit was kept for as long, with the span in which it was broken and its peak', () => {
    const { feed } = watching({ cpu: '> 90%', for: '2s' })
    feed({ cpuShare: 0.95 }, 10)
    expect(feed({ cpuShare: 0.2 }, 3)).toEqual([])
    expect(feed({ cpuShare: 0.99 }, 2)).toEqual([])
    expect(feed({ cpuShare: 0.2 }, 4)).toMatchObject([
      { kind: 'ended', fromUs: 0, toUs: 7.5e6, ended: true, peak: 0.99 },
    ])
    expect(feed({ cpuShare: 0.95 }, 4)).toMatchObject([{ kind: 'began', fromUs: 9.5e6, peak: 0.95 }])
  })

  test('below a limit keeps the lowest value', () => {
    const { feed } = watching({ clock: '< 2GHz', for: '1s' })
    expect(feed({ clock: 2.4e9 }, 4)).toEqual([])
    feed({ clock: 1.2e9 }, 1)
    expect(feed({ clock: 1.5e9 }, 1)).toMatchObject([{ kind: 'began', limit: 2e9, side: 'below', peak: 1.2e9 }])
  })

  test('a value that is read seldom breaks nothing off, and one that is gone for long ends it', () => {
    const { feed } = watching({ pss: '> 1GB', for: '2s' })
    feed({ pss: 2e9 }, 1, LLM)
    feed({ processes: 1 }, 3, LLM)
    expect(feed({ pss: 2e9 }, 1, LLM)).toMatchObject([{ kind: 'began', watched: 'llm' }])
    expect(feed({ processes: 0 }, 23, LLM)).toEqual([])
    expect(feed({ processes: 0 }, 1, LLM)).toMatchObject([{ kind: 'ended', toUs: 2.5e6 }])
  })

  test('of a short name the host counts where it is watched; `of` picks another, and shares are of its own size', () => {
    const both = watching({ cpu: '> 90%', for: '1s' })
    expect(both.feed({ cpuCores: 3 }, 2, LLM)).toMatchObject([{ watched: 'llm', limit: 0.9, metric: 'cpuCores' }])
    both.feed({ cpuShare: 0.1 }, 1)
    expect(both.feed({ cpuCores: 3 }, 9, LLM)).toEqual([])
    const named = watching({ memory: '> 50%', of: 'llm', for: '1s' })
    expect(named.feed({ memory: 15e9 }, 9)).toEqual([])
    expect(named.feed({ rss: 9e9 }, 2, LLM)).toMatchObject([{ metric: 'rss', limit: 8e9 }])
    const cores = watching({ cpu: '> 3', for: '1s' })
    expect(cores.feed({ cpuShare: 0.8 }, 2)).toMatchObject([{ metric: 'cpuShare', limit: 0.75 }])
  })

  test('a share of GPU memory is of the GPU, and of no process', () => {
    const { feed } = watching({ gpuMemory: '> 95%', for: '1s' })
    expect(feed({ gpuMemory: 79e9 }, 3, LLM)).toEqual([])
    const gpu: WatchedResource = { kind: 'gpu', name: 'gpu 0', cores: null, memoryBytes: 80e9 }
    expect(feed({ gpuMemory: 79e9 }, 2, gpu)).toMatchObject([{ watched: 'gpu 0', limit: 76e9 }])
    expect(feed({ gpuMemory: 79e9 }, 3, LLM)).toEqual([])
  })

  test('leaves the warm-up out where it is told to', () => {
    const { feed } = watching({ cpu: '> 90%', for: '1s', skipWarmup: true })
    expect(feed({ cpuShare: 1 }, 10, HOST, 'warmup')).toEqual([])
    expect(feed({ cpuShare: 1 }, 2)).toMatchObject([{ kind: 'began', fromUs: 5e6 }])
  })

  test('that nothing tells is said once, after five seconds or at the end', () => {
    const { watch, feed } = watching([{ temperature: '> 85' }, { cpu: '> 90%' }])
    feed({ cpuShare: 1 }, 8)
    for (let second = 0; second < 4; second++) expect(watch.second(liveSecond(second, []), false)).toEqual([])
    expect(watch.second(liveSecond(4, []), false)).toMatchObject([{ kind: 'unwatched', rule: { name: 'temperature' } }])
    expect(watch.second(liveSecond(5, []), false)).toEqual([])
    expect(watch.end()).toMatchObject({ changes: [], watched: [{ name: 'cpu' }] })
    expect(watching({ temperature: '> 85' }).watch.end()).toMatchObject({ changes: [{ kind: 'unwatched' }] })
  })
})

describe('an alert on the load itself', () => {
  const seconds = (watch: AlertWatch, from: number, count: number, good: number, bad: number, us = 20_000) =>
    Array.from({ length: count }, (_, i) => {
      const latencies = Array.from<number>({ length: good }).fill(us)
      return watch.second(liveSecond(from + i, latencies, { outcomes: { failedByKind: { http: bad } } }), false)
    }).flat()

  test('begins with an error rate that lasted and ends with a window that keeps it', () => {
    const watch = new AlertWatch(ALERTS.parse({ errorRate: '> 5%', for: '4s' }))
    expect(seconds(watch, 0, 6, 100, 2)).toEqual([])
    expect(seconds(watch, 6, 4, 70, 30)).toMatchObject([
      { kind: 'began', span: { watched: null, metric: 'errorRate', fromUs: 6e6, toUs: 10e6, peak: 0.3 } },
    ])
    expect(seconds(watch, 10, 4, 100, 0)).toMatchObject([
      { kind: 'ended', span: { fromUs: 6e6, toUs: 10e6, ended: true } },
    ])
  })

  test('begins with a percentile of the latency, failures counting as endless', () => {
    const watch = new AlertWatch(ALERTS.parse({ p90: '> 100ms', for: '2s' }))
    expect(seconds(watch, 0, 4, 50, 0)).toEqual([])
    expect(seconds(watch, 4, 4, 50, 0, 150_000)).toMatchObject([{ kind: 'began', span: { metric: 'p90' } }])
    expect(seconds(watch, 8, 1, 20, 30)).toEqual([])
    expect(watch.end().open).toMatchObject([{ span: { fromUs: 4e6, toUs: 9e6, ended: false, peak: null } }])
  })
})

test('a table keeps the first spans of a rule and counts the rest, also from an earlier leg', () => {
  const span = {
    watched: 'host',
    metric: 'cpuShare',
    limit: 0.9,
    side: 'above',
    peak: 1,
    toUs: 5,
    ended: false,
  } as const
  const table = new AlertTable()
  for (let i = 0; i < 202; i++) table.began('rule', { ...span, fromUs: i })
  table.update('rule', { ...span, fromUs: 3, ended: true })
  table.update('rule', { ...span, fromUs: 201, ended: true })
  const [record] = new AlertTable(table.list()).list()
  expect(record).toMatchObject({ rule: 'rule', isWatched: true, more: 2 })
  expect(record!.spans).toHaveLength(200)
  expect(record!.spans.filter(({ ended }) => ended)).toMatchObject([{ fromUs: 3 }])
})
