import { describe, expect, test } from 'vitest'
import '../../../src/matchers/register.ts'
import type { WatchedData } from '../../../src/domain/resource.ts'
import type { ResourceOptions, ResourceStatistic } from '../../../src/matchers/resource-claim.ts'
import { measured, series, step } from '../../support/measurement-builder.ts'
import { sampleTable, watched } from '../../support/watched.ts'

/** A minute's load whose window is all of it, with one sample a second. */
const loadWith = (...resources: readonly WatchedData[]): ReturnType<typeof measured> => measured({ watched: resources })

const fill = (value: number, length = 60): number[] => Array.from({ length }, () => value)
const host = (share: readonly (number | null)[], memory: number = 4e9): WatchedData =>
  watched({
    samples: sampleTable({ cpuShare: share, memory: fill(memory) }),
    idle: sampleTable({ cpuShare: [0.02] }, 1e6, -1e6),
  })
const child = (parts: Parameters<typeof sampleTable>[0], name = 'process 4711'): WatchedData =>
  watched({ kind: 'process', name, samples: sampleTable({ processes: fill(1), ...parts }) })

describe('toUseCpuBelow', () => {
  test('percent of the host are of all cores; cores are counted out of them', () => {
    const { run, records } = loadWith(host([...fill(0.4, 59), 0.7]))
    expect(run).toUseCpuBelow('71%')
    expect(run).not.toUseCpuBelow('70%')
    expect(run).toUseCpuBelow(2.9)
    expect(run).not.toUseCpuBelow(2.8)
    expect(records.map(({ claim }) => claim)).toEqual([
      'max CPU of host below 71 % of all 4 cores',
      'max CPU of host not below 70 % of all 4 cores',
      'max CPU of host below 2.9 cores of 4',
      'max CPU of host not below 2.8 cores of 4',
    ])
    expect(records[0]).toMatchObject({ verdict: 'pass', measured: '70 %, 60 samples, idle 2 %' })
  })

  test('percent of a process are of one core', () => {
    const { run, records } = loadWith(child({ cpuCores: fill(1.5) }))
    expect(run).toUseCpuBelow('151%')
    expect(run).not.toUseCpuBelow('150%')
    expect(run).toUseCpuBelow(1.6)
    expect(() => expect(run).toUseCpuBelow(1)).toThrow(
      'expected max CPU of process 4711 below 1 core\n  measured: 1.5 cores, 60 samples, idle n/a\n  distance: 50 % over',
    )
    expect(records[0]!.claim).toBe('max CPU of process 4711 below 151 % of one core')
  })

  test('judges the highest sample, the mean over time or a percentile', () => {
    const { run } = loadWith(child({ cpuCores: [...fill(1, 54), ...fill(3, 5), 5] }))
    const options = { of: 'process' }
    expect(run).not.toUseCpuBelow(5, options)
    expect(run).toUseCpuBelow(5.01, { ...options, stat: 'max' })
    expect(run).toUseCpuBelow(1.25, { ...options, stat: 'mean' })
    expect(run).not.toUseCpuBelow(1.2, { ...options, stat: 'mean' })
    expect(run).toUseCpuBelow(1.1, { ...options, stat: 'p90' })
    expect(run).not.toUseCpuBelow(3, { ...options, stat: 'p95' })
  })

  test('looks at the windows, and of a step at its own', () => {
    const parts = { steps: [step(0, 10, series()), step(1, 50, series())], series: series() }
    const busy = child({ cpuCores: [...fill(0.5), ...fill(2), ...fill(9, 30)], processes: fill(1, 150) })
    const { run } = measured({ ...parts, watched: [busy] })
    expect(run).toUseCpuBelow(2.1)
    expect(run.step(0)).toUseCpuBelow(0.6)
    expect(run.step(1)).not.toUseCpuBelow(0.6)
  })
})

describe('toUseMemoryBelow', () => {
  test('takes sizes, SI and binary, bytes, and shares of the machine', () => {
    const { run, records } = loadWith(host(fill(0), 4e9))
    expect(run).toUseMemoryBelow('4.1GB')
    expect(run).not.toUseMemoryBelow('4GB')
    expect(run).toUseMemoryBelow('4GiB')
    expect(run).toUseMemoryBelow(4e9 + 1)
    expect(run).toUseMemoryBelow('26%')
    expect(run).not.toUseMemoryBelow('25%')
    expect(records.map(({ claim }) => claim).slice(2, 5)).toEqual([
      'max memory of host below 4 GiB',
      'max memory of host below 4 GB',
      'max memory of host below 26 % of 16 GB',
    ])
  })

  test('of a process means the resident memory of its tree', () => {
    const { run } = loadWith(host(fill(0)), child({ rss: fill(500e6), pss: fill(300e6) }))
    expect(run).toUseMemoryBelow('501MB', { of: 'process' })
    expect(run).not.toUseMemoryBelow('500MB', { of: 'process 4711' })
  })
})

describe('of a container', () => {
  const container = (parts: Parameters<typeof sampleTable>[0], limits: Partial<WatchedData> = {}): WatchedData =>
    watched({
      kind: 'container',
      name: 'asr',
      cores: 2,
      memoryBytes: 4e9,
      ...limits,
      // As its daemon is asked.
      samples: sampleTable({ containers: fill(1, 30), ...parts }, 2e6),
    })

  test('percent are of its limit, and numbers what they are', () => {
    const { run, records } = loadWith(
      container({
        cpuCores: fill(1.5, 30),
        cpuLimitShare: fill(0.75, 30),
        memory: fill(3.42e9, 30),
        memoryLimitShare: fill(0.855, 30),
      }),
    )
    expect(run).toUseCpuBelow('76%')
    expect(run).not.toUseCpuBelow('75%')
    expect(run).toUseCpuBelow(1.6, { of: 'asr' })
    expect(run).not.toUseCpuBelow(1.5, { of: 'container' })
    expect(run).toUseMemoryBelow('86%')
    expect(run).not.toUseMemoryBelow('85%')
    expect(run).toUseMemoryBelow('3.5GB')
    expect(run).not.toUseMemoryBelow('3.4GB')
    expect(records.map(({ claim }) => claim)).toEqual([
      'max CPU of asr below 76 % of 2 cores',
      'max CPU of asr not below 75 % of 2 cores',
      'max CPU of asr below 1.6 cores',
      'max CPU of asr not below 1.5 cores',
      'max memory of asr below 86 % of 4 GB',
      'max memory of asr not below 85 % of 4 GB',
      'max memory of asr below 3.5 GB',
      'max memory of asr not below 3.4 GB',
    ])
  })

  test('without a limit percent are of what the machine has', () => {
    const { run, records } = loadWith(container({ cpuLimitShare: fill(0.2, 30) }, { cores: null, memoryBytes: null }))
    expect(run).toUseCpuBelow('21%')
    expect(records[0]!.claim).toBe('max CPU of asr below 21 % of what it may use')
  })

  test('what did not run cannot be judged, what was away for a while passes weakly', () => {
    const note = "there is no container 'asr': n/a until there is one"
    const { run } = loadWith({ ...container({ containers: fill(0, 30) }), notes: [note] })
    expect(() => expect(run).not.toUseMemoryBelow('80%')).toThrow(`was measured: ${note}`)
    const away = [...fill(1, 20), ...fill(0, 10)]
    const part = loadWith(
      container({ containers: away, memory: [...fill(1e9, 20), ...Array.from({ length: 10 }, () => null)] }),
    )
    expect(part.run).toUseMemoryBelow('2GB')
    expect(part.records[0]).toMatchObject({ verdict: 'weak', notes: ['asr was not there for 20 s of the window'] })
  })
})

const unseen = "no process on this machine is called 'x': n/a until there is one"
test.each<[string, WatchedData, ResourceStatistic, string]>([
  ['what was never there', watched({ kind: 'process', notes: [unseen] }), 'max', `was measured: ${unseen}`],
  ['what was away all the time', child({ processes: fill(0) }), 'max', 'it was not there in the window'],
  [
    'a window that the samples do not cover',
    watched({ kind: 'process', samples: sampleTable({ cpuCores: fill(1, 50) }) }),
    'max',
    'the samples of process 4711 cover 50 s of 60 s',
  ],
  [
    'a mean over the limit of such a window',
    watched({ kind: 'process', samples: sampleTable({ cpuCores: fill(3, 50) }) }),
    'mean',
    'cover 50 s of 60 s',
  ],
])('cannot judge %s, not even negated', (_, resource, stat, reason) => {
  const { run, records } = loadWith(resource)
  expect(() => expect(run).toUseCpuBelow(2, { stat })).toThrow(reason)
  expect(() => expect(run).not.toUseCpuBelow(2, { stat })).toThrow('cannot judge')
  expect(records.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'inconclusive'])
})

test('a peak that was seen denies the claim, however much was not seen', () => {
  const { run, records } = loadWith(watched({ kind: 'process', samples: sampleTable({ cpuCores: [3] }) }))
  expect(run).not.toUseCpuBelow(2)
  expect(records[0]!.verdict).toBe('weak')
})

test('a process that was away for a while passes weakly', () => {
  const { run, records } = loadWith(
    child({
      cpuCores: [...fill(1, 50), ...Array.from({ length: 10 }, () => null)],
      processes: [...fill(1, 50), ...fill(0, 10)],
    }),
  )
  expect(run).toUseCpuBelow(2)
  expect(records[0]).toMatchObject({ verdict: 'weak', notes: ['process 4711 was not there for 10 s of the window'] })
})

test('few samples make a weak verdict', () => {
  const short = { steps: [{ ...step(0, 10, series()), endUs: 9e6 }] }
  const { run, records } = measured({ ...short, watched: [child({ cpuCores: fill(1, 9), processes: fill(1, 9) })] })
  expect(run).toUseCpuBelow(2)
  expect(records[0]!.notes).toEqual(['9 samples tell little of a max: 10 are wanted'])
})

describe('says what is missing or unclear', () => {
  const two = [host(fill(0)), child({ cpuCores: fill(1) }, 'port 8000'), child({ cpuCores: fill(1) }, 'llm')]

  test.each<[string, readonly WatchedData[], ResourceOptions, RegExp]>([
    [
      'nothing is watched',
      [],
      {},
      /nothing was watched\n +hint: declare it: .*monitors: \{ host: true, process: service, container: 'name' \}/,
    ],
    ['another is watched', two, { of: 'gpu' }, /'gpu' was not watched; watched: 'host', 'port 8000', 'llm'/],
    ['several are watched', two, {}, /\(\{ of \}\): got undefined, takes one of 'host', 'port 8000', 'llm'/],
    ['several processes are watched', two, { of: 'process' }, /got 'process', takes one of 'host', 'port 8000', 'llm'/],
    ['`of` is no text', two, { of: 5 as unknown as string }, /\(\{ of \}\): got 5, takes 'host', 'process' or a name/],
    ['the statistic is none', two, { of: 'host', stat: 'p100' }, /got 'p100', takes 'max', 'mean' or a percentile/],
    ['an option is unknown', two, { off: 'host' } as ResourceOptions, /unknown option 'off', takes \{ of\?, stat\? \}/],
  ])('when %s', (_, resources, options, message) => {
    const { run } = loadWith(...resources)
    expect(() => expect(run).toUseCpuBelow(1, options)).toThrow(message)
    expect(() => expect(run).not.toUseCpuBelow(1, options)).toThrow(message)
  })

  test.each([
    [0, "takes a share above 0 such as '80%', or a number of cores"],
    ['80', "takes a share above 0 such as '80%'"],
    ['4GB', "takes a share above 0 such as '80%'"],
    ['101%', "takes up to '100%' or 4 cores of the host"],
    [5, 'takes up to'],
  ])('a CPU limit of %j', (limit, message) => {
    const { run } = loadWith(host(fill(0)))
    expect(() => expect(run).toUseCpuBelow(limit as number)).toThrow(message)
  })

  test.each([['4 gigs'], ['0GB'], ['4GBs'], [-1], [Number.NaN], ['101%']])('a memory limit of %j', (limit) => {
    const { run } = loadWith(host(fill(0)))
    expect(() => expect(run).toUseMemoryBelow(limit as number)).toThrow(
      /toUseMemoryBelow\(limit\): got .*, takes a size/,
    )
  })

  test('requests of one name have no machine of their own', () => {
    const { run } = measured({ watched: [host(fill(0))], requests: { login: series() } })
    expect(() => expect(run.scenario('login')).toUseCpuBelow(1)).toThrow('takes a whole load or a step')
  })
})
