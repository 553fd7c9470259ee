import { describe, expect, test } from 'vitest'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { type MonitorPlan, NOTHING_WATCHED } from '../../../src/domain/monitor-plan.ts'
import { PLAIN_TRANSPORT } from '../../../src/domain/transport-plan.ts'
import { resolveLoad } from '../../../src/plan/resolve-load.ts'
import { readRowFile } from '../../../src/scenarios/row-file.ts'
import { httpScenario } from '../../support/load-plan.ts'

const SCENARIO = { kind: 'module', name: 's', source: 'file:///s.ts', params: null, bundle: null } as const

const CONTEXT = {
  id: 'x',
  label: 'l',
  defaults: { onInvalid: 'fail', onInconclusive: 'warn' },
  readRows: readRowFile,
} as const

function planOf(options: unknown, monitors: Partial<MonitorPlan> = {}): LoadPlan {
  return resolveLoad(SCENARIO, options, { ...CONTEXT, defaults: { ...CONTEXT.defaults, monitors } })
}

describe('the keys tell the executor', () => {
  test.each([
    [
      { users: 2, iterations: 9 },
      { executor: 'shared-iterations', users: 2, iterations: 9, thinkTime: null, maxDurationUs: 600e6 },
    ],
    [
      { users: 2, iterationsPerUser: 9, maxDuration: '1m' },
      { executor: 'per-vu-iterations', users: 2, iterationsPerUser: 9, thinkTime: null, maxDurationUs: 60e6 },
    ],
    [
      { users: 2, duration: '3s', spawnRate: 1, thinkTime: ['1s', '3s'] },
      {
        executor: 'constant-vus',
        steps: [{ users: 2, durationUs: 3e6, rampUs: 0 }],
        spawnRatePerSecond: 1,
        thinkTime: { minUs: 1e6, maxUs: 3e6 },
      },
    ],
    [
      { rate: 5, duration: 1500 },
      {
        executor: 'constant-arrival-rate',
        steps: [{ ratePerSecond: 5, durationUs: 1.5e6, rampUs: 0 }],
        arrivals: 'uniform',
        maxUsers: 1000,
        maxQueue: null,
      },
    ],
    [
      {
        steps: [
          { rate: 5, duration: '1s' },
          { rate: 9, duration: '1s', ramp: '2s' },
        ],
        arrivals: 'poisson',
        maxQueue: 3,
      },
      {
        executor: 'ramping-arrival-rate',
        steps: [
          { ratePerSecond: 5, durationUs: 1e6, rampUs: 0 },
          { ratePerSecond: 9, durationUs: 1e6, rampUs: 2e6 },
        ],
        arrivals: 'poisson',
        maxUsers: 1000,
        maxQueue: 3,
      },
    ],
    [
      { steps: [{ users: 5, duration: '1s' }] },
      {
        executor: 'ramping-vus',
        steps: [{ users: 5, durationUs: 1e6, rampUs: 0 }],
        spawnRatePerSecond: null,
        thinkTime: null,
      },
    ],
    [
      { rate: 5, duration: '4s', sine: { amplitude: 5, period: '1s' }, arrivals: 'gamma', burstiness: 0.5 },
      {
        executor: 'sine-arrival-rate',
        steps: [{ ratePerSecond: 5, durationUs: 4e6, rampUs: 0, sine: { amplitudePerSecond: 5, periodUs: 1e6 } }],
        arrivals: 'gamma',
        burstiness: 0.5,
        maxUsers: 1000,
        maxQueue: null,
      },
    ],
    [
      { rate: 5, duration: '10s', spike: { rate: 50, at: '3s', for: '2s', ramp: '1s' } },
      {
        executor: 'ramping-arrival-rate',
        steps: [
          { ratePerSecond: 5, durationUs: 3e6, rampUs: 0 },
          { ratePerSecond: 50, durationUs: 2e6, rampUs: 1e6 },
          { ratePerSecond: 5, durationUs: 3e6, rampUs: 1e6 },
        ],
        arrivals: 'uniform',
        maxUsers: 1000,
        maxQueue: null,
      },
    ],
    [
      { burst: 20 },
      { executor: 'burst-arrivals', burst: 20, bursts: 1, everyUs: null, maxUsers: 1000, maxQueue: null },
    ],
    [
      { burst: 2000, bursts: 3, every: '5s', maxQueue: 0 },
      { executor: 'burst-arrivals', burst: 2000, bursts: 3, everyUs: 5e6, maxUsers: 4000, maxQueue: 0 },
    ],
  ])('%j', (options, profile) => {
    expect(planOf(options).profile).toEqual(profile)
  })
})

test('common options have defaults and override those of the project', () => {
  expect(planOf({ rate: 1, duration: '1s' })).toMatchObject({
    label: 'l',
    warmup: { kind: 'duration', durationUs: 0 },
    cooldownUs: 0,
    gracefulStopUs: 30e6,
    generators: 1,
    onLostGenerator: 'invalid',
    abortOn: [],
    alerts: [],
    seed: 1,
    slo: null,
    onInvalid: 'fail',
    onInconclusive: 'warn',
  })
  expect(
    planOf({
      rate: 1,
      duration: '1s',
      label: 'x',
      warmup: { requests: 3 },
      cooldown: '1s',
      gracefulStop: 0,
      seed: 7,
      slo: { ttft: '1s' },
      onInvalid: 'warn',
      onInconclusive: 'fail',
    }),
  ).toMatchObject({
    label: 'x',
    warmup: { kind: 'requests', requests: 3 },
    cooldownUs: 1e6,
    gracefulStopUs: 0,
    seed: 7,
    slo: { latencyUs: null, ttftUs: 1e6, tpotUs: null },
    onInvalid: 'warn',
    onInconclusive: 'fail',
  })
})

test('there are never more generators than users or connections', () => {
  expect(planOf({ users: 2, duration: '1s', generators: 5 }).generators).toBe(2)
  expect(planOf({ rate: 100, duration: '1s', generators: 3 }).generators).toBe(3)
  const scenario = httpScenario('http://h/', { transport: { ...PLAIN_TRANSPORT, maxConnections: 2 } })
  expect(resolveLoad(scenario, { users: 9, duration: '1s', generators: 5 }, CONTEXT).generators).toBe(2)
})

describe('what cannot be is named', () => {
  test.each([
    [{ rate: 0, duration: '1s' }, /option rate: got 0, takes a number over 0/],
    [{ rate: 5, duration: '0s' }, /option duration: got '0s', takes a duration .*, over 0/],
    [{ users: 1.5, duration: '1s' }, /option users: got 1.5, takes a whole number/],
    [
      { rate: 5, duration: '1s', arrivals: 'bursty' },
      /option arrivals: got 'bursty', takes 'uniform', 'poisson' or 'gamma'/,
    ],
    [
      { users: 1, duration: '1s', thinkTime: ['3s', '1s'] },
      /option thinkTime: got .*, takes .* \(the smaller one first\)/,
    ],
    [{ users: 1, duration: '1s', thinkTime: 'soon' }, /option thinkTime: got 'soon', takes a duration, a pair/],
    [{ users: 1, duration: '1s', thinkTime: { exponential: 0 } }, /option thinkTime.exponential: got 0, .* over 0/],
    [
      { users: 1, duration: '1s', thinkTime: { normal: '2s' } },
      /option thinkTime.normal: got '2s', takes mean and dev/,
    ],
    [{ users: 1, duration: '1s', thinkTime: { normal: ['2s', -1] } }, /option thinkTime.normal\[1\]: got -1/],
    [{ users: 1, duration: '1s', thinkTime: { lognormal: ['2s', 0] } }, /option thinkTime.lognormal\[1\]: got 0/],
    [{ rate: 5, iterations: 3 }, /options rate and iterations exclude each other/],
    [
      {
        steps: [
          { rate: 5, duration: '1s' },
          { users: 5, duration: '1s' },
        ],
      },
      /steps\[1\]/,
    ],
    [{ steps: [] }, /at least one step/],
    [{ rate: 5, duration: '1s', slo: { p99: '1s' } }, /unknown option slo.p99/],
    [null, /the options: got null, takes an object/],
    [
      { rate: 5, duration: '1s', arrivals: 'gamma', burstiness: 0 },
      /option burstiness: got 0, takes a number from 0.01/,
    ],
    [{ rate: 5, duration: '1s', burstiness: 2 }, /option burstiness: got 2, .* give arrivals: 'gamma'/],
    [
      { rate: 5, duration: '1s', sine: { amplitude: 6, period: '1s' } },
      /option sine.amplitude: got 6, takes a number up to rate \(5\)/,
    ],
    [
      { rate: 5, duration: '1s', sine: { amplitude: 1, period: 0 } },
      /option sine.period: got 0, takes a duration .* over 0/,
    ],
    [{ rate: 5, duration: '1s', sine: { amplitude: 1 } }, /option sine.period: got undefined/],
    [
      { rate: 5, duration: '9s', spike: { rate: 9, at: '9s', for: '1s' } },
      /option spike.at: got '9s', takes a time inside the duration/,
    ],
    [
      { rate: 5, duration: '9s', spike: { rate: 9, at: '5s', for: '2s', ramp: '1s' } },
      /option spike: got .*"ramp":"1s".*, takes a spike .* that is over before the duration is/,
    ],
    [
      {
        rate: 5,
        duration: '9s',
        spike: { rate: 9, at: '1s', for: '2s' },
        sine: { amplitude: 1, period: '1s' },
      },
      /option spike: got .*, takes nothing beside sine/,
    ],
    [{ burst: 20, rate: 5, duration: '1s' }, /options rate and burst exclude each other/],
    [{ burst: 20, bursts: 3 }, /option every: got undefined, takes the time between the 3 bursts/],
    [{ burst: 20, every: '5s' }, /option bursts: got undefined, takes a whole number from 2/],
    [{ burst: 20, maxUsers: 19 }, /option burst: got 20, takes a number up to maxUsers \(19\)/],
    [{ burst: 0 }, /option burst: got 0, takes a whole number from 1/],
    [{ burst: 20, warmup: '1s' }, /option warmup: got '1s', .*\{ requests: n \}/],
    [{ burst: 20, bursts: 3, every: '5s', warmup: 'auto' }, /option warmup: got 'auto', takes a duration/],
    [
      { rate: 5, duration: '1s', onLostGenerator: 'retry' },
      /option onLostGenerator: got 'retry', takes 'invalid' or 'redeal'/,
    ],
    [
      { rate: 5, duration: '1s', warmup: 'steady' },
      /option warmup: got 'steady', takes .*, \{ requests: n \}, or 'auto'/,
    ],
    [{ burst: 20, cooldown: '1s' }, /option cooldown: got '1s', takes nothing with a single burst/],
  ])('%j', (options, message) => {
    expect(() => planOf(options)).toThrow(message)
  })
})

describe('monitors', () => {
  const monitorsOf = (monitors: object, ofProject: object = {}): unknown =>
    planOf({ users: 1, iterations: 1, monitors }, ofProject).monitors
  const server = (parts: object): object =>
    Object.defineProperty({ ...parts }, 'pid', { get: () => 4711, enumerable: true })

  test.each([
    ['a pid', 4711, { name: 'process 4711', by: 'pid', pid: 4711 }],
    [
      'something with a pid that is read when the load starts',
      server({}),
      { name: 'process 4711', by: 'pid', pid: 4711 },
    ],
    ['a server', server({ id: 'x' }), { name: 'server', by: 'server', pid: 4711, serverId: 'x' }],
    [
      'a server by name',
      { server: server({ id: 'x' }), as: 'llm' },
      { name: 'llm', by: 'server', pid: 4711, serverId: 'x' },
    ],
    ['a program', { name: 'ollama' }, { name: 'process ollama', by: 'name', processName: 'ollama' }],
    ['a port', { port: 8000, as: 'gateway' }, { name: 'gateway', by: 'port', port: 8000 }],
  ])('take %s', (_, process, target) => {
    expect(monitorsOf({ process })).toEqual({ ...NOTHING_WATCHED, processes: [target] })
    expect(monitorsOf({ process: [process, 99] })).toMatchObject({ processes: [target, { pid: 99 }] })
  })

  const url = 'http://127.0.0.1:8000/metrics'
  const prometheus = { name: 'prometheus', url, preset: null, metrics: {}, headers: {}, everyUs: 1e6 }
  const sum = (...select: string[]): object => ({ select, combine: 'sum', by: null })

  test.each([
    ['an address', url, [prometheus]],
    [
      'a way to read it',
      { url, preset: 'vllm', every: '5s', as: 'llm' },
      [{ ...prometheus, preset: 'vllm', everyUs: 5e6, name: 'llm' }],
    ],
    [
      'several',
      [url, 'http://b:9/m'],
      [
        { ...prometheus, name: 'prometheus 127.0.0.1:8000' },
        { ...prometheus, name: 'prometheus b:9', url: 'http://b:9/m' },
      ],
    ],
    [
      'metrics by name',
      { url, metrics: { a: 'a_total', b: ['b{c="d"}', 'e'], f: { metric: 'f', combine: 'max', by: 'g' } } },
      [
        {
          ...prometheus,
          metrics: { a: sum('a_total'), b: sum('b{c="d"}', 'e'), f: { select: ['f'], combine: 'max', by: 'g' } },
        },
      ],
    ],
    [
      'credentials in the address',
      'http://me:p%40ss@127.0.0.1:8000/metrics',
      [{ ...prometheus, headers: { authorization: `Basic ${btoa('me:p@ss')}` } }],
    ],
  ])('take %s as prometheus', (_, option, targets) => {
    expect(monitorsOf({ prometheus: option })).toEqual({ ...NOTHING_WATCHED, prometheus: targets })
  })

  test('watch nothing unless asked to', () => {
    expect(planOf({ users: 1, iterations: 1 }).monitors).toEqual(NOTHING_WATCHED)
    expect(monitorsOf({})).toEqual(NOTHING_WATCHED)
  })

  test.each([
    [true, [{ by: 'all' }]],
    [false, []],
    [1, [{ by: 'index', index: 1 }]],
    ['GPU-8c2e', [{ by: 'uuid', uuid: 'GPU-8c2e' }]],
    [
      [0, 'MIG-1'],
      [
        { by: 'index', index: 0 },
        { by: 'uuid', uuid: 'MIG-1' },
      ],
    ],
  ])('take GPUs: %j', (gpu, gpus) => {
    expect(monitorsOf({ gpu })).toEqual({ ...NOTHING_WATCHED, gpus })
  })

  test.each([
    ['asr', [{ name: 'container asr', by: 'name', containerName: 'asr' }]],
    [{ name: 'aima-asr', as: 'asr' }, [{ name: 'asr', by: 'name', containerName: 'aima-asr' }]],
    [
      ['asr', { label: 'app=tts' }],
      [
        { name: 'container asr', by: 'name', containerName: 'asr' },
        { name: 'containers app=tts', by: 'label', label: 'app=tts' },
      ],
    ],
  ])('take containers: %j', (container, containers) => {
    expect(monitorsOf({ container })).toEqual({ ...NOTHING_WATCHED, containers })
  })

  test('take from the project what the load does not say', () => {
    const project = { host: true, idleUs: 5e6 }
    expect(monitorsOf({ every: '1s' }, project)).toEqual({ ...NOTHING_WATCHED, ...project, everyUs: 1e6 })
    expect(monitorsOf({ host: false }, project)).toMatchObject({ host: false, idleUs: 5e6 })
  })

  test.each([
    [{ process: 'node' }, /option monitors\.process: got 'node', takes a pid, what server\(\) returned, \{ name \}/],
    [{ process: 0 }, /option monitors\.process: got 0, takes a pid/],
    [{ process: {} }, /option monitors\.process.*: got .*, takes a/],
    [{ process: { port: 70_000 } }, /option monitors\.process: got \{"port":70000\}, takes .*\{ port: 1 to 65535 \}/],
    [{ process: [] }, /option monitors\.process: got \[\], takes/],
    [{ process: [{ port: 80 }, { port: 80 }] }, "two are called 'port 80'; give one `as`"],
    [{ process: { port: 80, as: 'host' } }, "takes another name than 'host'"],
    [{ prometheus: '127.0.0.1:8000' }, /option monitors\.prometheus: got '127.0.0.1:8000', takes an address such as/],
    [{ prometheus: { url: 7 } }, /option monitors\.prometheus\.url: got 7, takes an address/],
    [{ prometheus: { url, preset: 'ollama' } }, /option monitors\.prometheus\.preset: got 'ollama', takes/],
    [
      { prometheus: { url, metrics: { a: 'a{' } } },
      /option monitors\.prometheus\.metrics\.a.*: got .*'a\{', takes the name/,
    ],
    [{ prometheus: { url, metrics: { 'a:b': 'a' } } }, /takes names without/],
    [{ prometheus: { url, every: '10ms' } }, "option monitors.prometheus.every: got '10ms', takes '250ms' to '60s'"],
    [{ prometheus: { url, as: 'x' }, process: { pid: 7, as: 'x' } }, "two are called 'x'"],
    [{ every: '100ms' }, "option monitors.every: got '100ms', takes '250ms' to '2s'"],
    [{ idle: '2m' }, "option monitors.idle: got '2m', takes up to '30s'"],
    [{ host: 'yes' }, "option monitors.host: got 'yes', takes true or false"],
    [{ gpu: -1 }, "option monitors.gpu: got -1, takes true, a number from 0, a UUID such as 'GPU-8c2e...'"],
    [{ gpu: 'H100' }, "option monitors.gpu: got 'H100', takes true, a number from 0, a UUID"],
    [{ gpu: [] }, 'option monitors.gpu: got [], takes true'],
    [{ gpu: [0, true] }, /option monitors\.gpu.*: got .*, takes true/],
    [{ process: { port: 80, as: 'gpu 0' } }, "takes another name than 'gpu' and 'gpu 0'"],
    [{ container: '' }, "option monitors.container: got '', takes the name of a container, { name }, { label"],
    [{ container: true }, 'option monitors.container: got true, takes the name of a container'],
    [{ container: { label: 'a', name: 'b' } }, 'takes the name of a container'],
    [{ container: { name: 'a', as: 'x' }, process: { port: 80, as: 'x' } }, "two are called 'x'; give one `as`"],
    [{ container: { name: 'a', as: 'host' } }, "takes another name than 'host'"],
    [{ cpu: true }, 'unknown option monitors.cpu'],
  ])('refuse %j', (monitors, message) => {
    expect(() => monitorsOf(monitors)).toThrow(message)
  })
})
