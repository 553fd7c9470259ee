import { describe, expect, test } from 'vitest'
import '../../../src/matchers/register.ts'
import type { WatchedData } from '../../../src/domain/resource.ts'
import type { ResourceOptions } from '../../../src/matchers/resource-claim.ts'
import { measured } from '../../support/measurement-builder.ts'
import { sampleTable, watched } from '../../support/watched.ts'

const loadWith = (...resources: readonly WatchedData[]): ReturnType<typeof measured> => measured({ watched: resources })
const fill = (value: number, length = 60): number[] => Array.from({ length }, () => value)

interface GpuParts {
  readonly memory?: readonly number[]
  readonly busy?: readonly number[]
  readonly memoryBytes?: number | null
  readonly partOf?: string
}

function gpu(name: string, { memory, busy, memoryBytes = 80e9, partOf }: GpuParts): WatchedData {
  return watched({
    kind: 'gpu',
    name,
    memoryBytes,
    gpu: {
      model: 'H100',
      uuid: `GPU-${name.at(-1)}`,
      driver: '550.54.15',
      unifiedMemory: memoryBytes === null,
      partOf: partOf ?? null,
    },
    samples: sampleTable({ ...(memory && { gpuMemory: memory }), ...(busy && { gpuBusy: busy }) }),
  })
}
const missing = watched({ kind: 'gpu', name: 'gpu', notes: ['no NVIDIA driver answers: not found: n/a'] })

describe('toUseGpuMemoryBelow', () => {
  test('takes sizes and shares of the memory of the GPU', () => {
    const { run, records } = loadWith(watched({}), gpu('gpu 0', { memory: [...fill(5e9, 59), 7.5e9] }))
    expect(run).toUseGpuMemoryBelow('7.6GB')
    expect(run).not.toUseGpuMemoryBelow('7.5GB')
    expect(run).toUseGpuMemoryBelow('7GiB', { of: 'gpu 0', stat: 'p95' })
    expect(run).toUseGpuMemoryBelow('10%', { of: 'GPU-0' })
    expect(run).not.toUseGpuMemoryBelow('9%')
    expect(records.map(({ claim }) => claim)).toEqual([
      'max GPU memory of gpu 0 below 7.6 GB',
      'max GPU memory of gpu 0 not below 7.5 GB',
      'p95 GPU memory of gpu 0 below 7 GiB',
      'max GPU memory of gpu 0 below 10 % of 80 GB',
      'max GPU memory of gpu 0 not below 9 % of 80 GB',
    ])
  })

  test('of several GPUs is about every one, under `.not` too, and `of` names one', () => {
    const { run, records } = loadWith(gpu('gpu 0', { memory: fill(5e9) }), gpu('gpu 1', { memory: fill(8e9) }))
    expect(run).toUseGpuMemoryBelow('9GB')
    expect(run).toUseGpuMemoryBelow('6GB', { of: 'gpu 0' })
    expect(run).not.toUseGpuMemoryBelow('6GB', { of: 'gpu 1' })
    expect(run).not.toUseGpuMemoryBelow('4GB', { of: 'gpu' })
    expect(() => expect(run).toUseGpuMemoryBelow('7.5GB')).toThrow(
      [
        'expected max GPU memory of every GPU (gpu 0, gpu 1) below 7.5 GB',
        '  measured: gpu 0 5 GB, 60 samples, idle n/a; gpu 1 8 GB, 60 samples, idle n/a',
        '  distance: gpu 0 33.3 % under, gpu 1 6.67 % over',
      ].join('\n'),
    )
    expect(() => expect(run).not.toUseGpuMemoryBelow('7.5GB')).toThrow('not below 7.5 GB')
    expect(records.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass', 'pass', 'fail', 'fail'])
  })

  test('of a partitioned GPU is about its parts, unless it is named itself', () => {
    const { run, records } = loadWith(
      gpu('gpu 0', {}),
      gpu('gpu 0 mig 1', { memory: fill(9e9), memoryBytes: 10e9, partOf: 'gpu 0' }),
    )
    expect(run).not.toUseGpuMemoryBelow('90%')
    expect(records[0]!.claim).toBe('max GPU memory of gpu 0 mig 1 not below 90 % of 10 GB')
    expect(() => expect(run).toUseGpuMemoryBelow('90%', { of: 'gpu 0' })).toThrow(
      'no GPU memory of gpu 0 was measured: the driver does not tell it',
    )
  })

  test('of a process is what it holds on all of them', () => {
    const llm = watched({ kind: 'process', name: 'llm', samples: sampleTable({ gpuMemory: fill(7e9), rss: fill(1) }) })
    const { run } = loadWith(gpu('gpu 0', { memory: fill(5e9) }), llm)
    expect(run).toUseGpuMemoryBelow('7.1GB', { of: 'llm' })
    expect(run).not.toUseGpuMemoryBelow('7GB', { of: 'process' })
    expect(() => expect(run).toUseGpuMemoryBelow('80%', { of: 'llm' })).toThrow("takes a size such as '7.5GB'")
    const untold = watched({ kind: 'process', name: 'llm', samples: sampleTable({ rss: fill(1) }) })
    expect(() => expect(loadWith(untold).run).not.toUseGpuMemoryBelow('7GB', { of: 'llm' })).toThrow(
      'no GPU memory of llm was measured: no driver told what it holds',
    )
  })
})

describe('toKeepGpuBusyAbove', () => {
  test('judges the mean over time, unless another statistic is asked for', () => {
    const { run, records } = loadWith(gpu('gpu 0', { busy: [...fill(1, 54), ...fill(0, 6)] }))
    expect(run).toKeepGpuBusyAbove('89%')
    expect(run).not.toKeepGpuBusyAbove('90%')
    expect(run).not.toKeepGpuBusyAbove('1%', { stat: 'p10' })
    expect(run).toKeepGpuBusyAbove('99%', { stat: 'max' })
    expect(() => expect(run).toKeepGpuBusyAbove(0.95)).toThrow(
      'expected mean GPU busy of gpu 0 above 95 %\n  measured: 90 %, 60 samples, idle n/a\n  distance: 5.26 % under',
    )
    expect(records[0]!.claim).toBe('mean GPU busy of gpu 0 above 89 %')
  })

  test('of several GPUs is about every one', () => {
    const { run } = loadWith(gpu('gpu 0', { busy: fill(0.9) }), gpu('gpu 1', { busy: fill(0.1) }))
    expect(() => expect(run).toKeepGpuBusyAbove('80%')).toThrow('gpu 1 87.5 % under')
    expect(run).toKeepGpuBusyAbove('80%', { of: 'gpu 0' })
  })

  test('a moment at work vouches for no window that was not looked at', () => {
    const { run } = loadWith(gpu('gpu 0', { busy: fill(1, 10) }))
    expect(() => expect(run).toKeepGpuBusyAbove('80%', { stat: 'max' })).toThrow('cover 10 s of 60 s')
  })
})

test.each<[string, WatchedData]>([
  ['no driver answers', missing],
  ['one of them was lost', watched({ kind: 'gpu', name: 'gpu 1', notes: ['the driver lost it: GPU is lost: n/a'] })],
])('cannot judge when %s, not even negated', (_, resource) => {
  const { run, records } = loadWith(gpu('gpu 0', { memory: fill(9e9), busy: fill(1) }), resource)
  for (const limit of ['1GB', '1%'] as const) {
    expect(() => expect(run).toUseGpuMemoryBelow(limit)).toThrow(`cannot judge`)
    expect(() => expect(run).not.toUseGpuMemoryBelow(limit)).toThrow(resource.notes[0]!)
  }
  expect(() => expect(run).toKeepGpuBusyAbove('80%')).toThrow('cannot judge')
  expect(() => expect(run).not.toKeepGpuBusyAbove('80%')).toThrow('cannot judge')
  expect(new Set(records.map(({ verdict }) => verdict))).toEqual(new Set(['inconclusive']))
})

test('cannot judge a share of a memory that it shares with the host', () => {
  const note = "it shares the host's memory"
  const { run } = loadWith({ ...gpu('gpu 0', { busy: fill(1), memoryBytes: null }), notes: [note] })
  expect(() => expect(run).not.toUseGpuMemoryBelow('80%')).toThrow(`was measured: ${note}`)
  expect(run).toKeepGpuBusyAbove('80%')
})

test('claims about the host do not need to name it because GPUs are watched too', () => {
  const host = watched({ samples: sampleTable({ cpuShare: fill(0.5), memory: fill(4e9) }) })
  const { run } = loadWith(host, gpu('gpu 0', { memory: fill(7e9) }))
  expect(run).toUseCpuBelow('51%')
  expect(run).toUseMemoryBelow('5GB')
})

describe('says what is missing or unclear', () => {
  const gpus = [gpu('gpu 0', { memory: fill(1), busy: fill(1) }), watched({ kind: 'process', name: 'llm' })]

  const none = [watched({})]

  test.each<[string, readonly WatchedData[], unknown, ResourceOptions, string | RegExp]>([
    ['no GPU', none, '1GB', {}, /no GPU was watched\n +hint: .*monitors: \{ gpu: true \}/],
    ['another GPU', gpus, '1GB', { of: 'gpu 1' }, "'gpu 1' was not watched; watched: 'gpu 0'"],
    ['a name of no text', gpus, '1GB', { of: 0 as never }, "got 0, takes a name such as 'gpu 0'"],
    ['no size', gpus, '7 gigs', {}, "takes a size such as '7.5GB'"],
    ['nothing', gpus, '0%', {}, 'takes a size above 0'],
    ['more than all', gpus, '101%', {}, 'takes a size'],
  ])('of memory: %s', (_, resources, limit, options, message) => {
    const { run } = loadWith(...resources)
    expect(() => expect(run).toUseGpuMemoryBelow(limit as number, options)).toThrow(message)
    expect(() => expect(run).not.toUseGpuMemoryBelow(limit as number, options)).toThrow(message)
  })

  test.each<[string, readonly WatchedData[], unknown, ResourceOptions, string | RegExp]>([
    ['no GPU', none, '80%', {}, 'no GPU was watched'],
    ['a process', gpus, '80%', { of: 'llm' }, "'llm' was not watched; watched: 'gpu 0'"],
    ['no share', gpus, 80, {}, 'takes a share'],
    ['more than always', gpus, '100%', {}, 'takes a share under 100 %'],
    ['no statistic', gpus, '80%', { stat: 'min' as 'max' }, "takes 'max', 'mean' or"],
  ])('of work: %s', (_, resources, limit, options, message) => {
    const { run } = loadWith(...resources)
    expect(() => expect(run).toKeepGpuBusyAbove(limit as number, options)).toThrow(message)
    expect(() => expect(run).not.toKeepGpuBusyAbove(limit as number, options)).toThrow(message)
  })
})
