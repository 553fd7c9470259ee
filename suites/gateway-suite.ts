import { describe, expect, mix, type RunningServer, statsd, test } from 'vitest-perf'
import { choice, json } from 'vitest-perf/scenarios'
import type { SuiteDuration, SuiteProcess, SuiteScale, SuiteTarget } from './suite-target.ts'

/** Options of {@link gatewaySuite}. */
export interface GatewayOptions {
  readonly url: SuiteTarget
  /** Ids of the two models. @default ['qwen2', 'llama3'] */
  readonly models?: readonly [string, string]
  /** UDP port on which the gateway's StatsD metrics arrive here; `null`: they are not compared. @default null */
  readonly statsdPort?: number | null
  /** Process that is watched with its descendants. @default the server, where it was started here */
  readonly watch?: RunningServer | null
  /** What serves each model, in the order of `models`: whose GPU memory is claimed. @default none, and no claim */
  readonly modelProcesses?: readonly [SuiteProcess, SuiteProcess]
  /** Length of the load of fifty users. @default '2m'; at the small scale '6s' */
  readonly duration?: SuiteDuration
  /** @default 'full' */
  readonly scale?: SuiteScale
}

const PROMPTS = [
  { scenario: 'qa', prompt: '光合作用的原理是什么？' },
  { scenario: 'chat', prompt: '请用中文介绍你自己。' },
  { scenario: 'summarize', prompt: '人工智能是计算机科学的一个分支，旨在创建能够执行通常需要人类智能的任务的系统……' },
  { scenario: 'rewrite', prompt: '这个产品非常好，大家都很喜欢。' },
]

/** A gateway before two models: fifty users, a burst, what its metrics tell, GPU memory. */
export function gatewaySuite({
  url,
  models = ['qwen2', 'llama3'],
  statsdPort = null,
  modelProcesses,
  scale = 'full',
  ...rest
}: GatewayOptions): void {
  const small = scale === 'small'
  const watch = rest.watch === undefined ? (typeof url === 'string' ? null : url) : rest.watch
  const generate = (model: string): ReturnType<typeof json> =>
    json({
      url: '/v1/generate',
      baseUrl: url,
      name: model,
      body: {
        model_id: model,
        inputs: '{{prompt}}',
        scenario: '{{scenario}}',
        parameters: { max_new_tokens: choice([64, 128]), temperature: choice([0.7, 0.9]), top_p: 0.9 },
      },
      data: PROMPTS,
      dataOrder: 'random',
      read: { text: 'generated_text', inputTokens: 'input_tokens', outputTokens: 'output_tokens' },
    })
  const both = mix([
    [4, generate(models[0])],
    [4, generate(models[1])],
  ])

  describe('a gateway before two models', () => {
    test('holds 50 users below 1.5 s, and its dashboard tells the truth', async ({ load }) => {
      const run = await load(both, {
        users: 50,
        spawnRate: small ? 25 : 5,
        thinkTime: ['1s', '3s'],
        duration: rest.duration ?? (small ? '6s' : '2m'),
        monitors: {
          host: true,
          idle: '500ms',
          ...(watch === null ? {} : { process: { server: watch, as: 'gateway' } }),
          ...(statsdPort === null ? {} : { statsd: { port: statsdPort } }),
        },
      })
      expect(run).toHaveP99Below('1.5s')
      expect(run).toSustainQps(10)
      expect(run).toHaveErrorRateBelow('1%')
      if (statsdPort === null) return
      expect(run).toAgreeWith(
        statsd({
          requests: 'requests.total',
          errors: 'requests.errors.*',
          latency: 'request.latency',
          inputTokens: 'requests.model.*.input_tokens',
          outputTokens: 'requests.model.*.output_tokens',
        }),
        { tolerance: { latency: '100ms' } },
      )
    })

    test('answers 20 requests at once', async ({ load }) => {
      const run = await load(both, { burst: 20 })
      expect(run).toHaveNoErrors()
      expect(run).toHaveMaxBelow('5s')
    })

    test('keeps each model below 7.5 GB of GPU memory', async ({ load, skip }) => {
      const processes = (modelProcesses ?? []).map((process, i) => watchedAs(process, models[i]!))
      const run = await load(both, {
        users: 4,
        // Without a claim it only asks whether there is a driver.
        ...(processes.length === 0 ? { iterations: 4 } : { duration: rest.duration ?? (small ? '5s' : '2m') }),
        monitors: {
          gpu: true,
          every: '250ms',
          idle: '500ms',
          ...(processes.length === 0 ? {} : { process: processes }),
        },
      })
      // Claims without their source are skipped, and never passed.
      const skipped = (why: string): never => {
        process.stderr.write(`skipped: ${why}\n`)
        return skip(why)
      }
      if (!run.data.watched.some(({ kind, samples }) => kind === 'gpu' && samples.atUs.length > 0)) skipped('no NVML')
      if (processes.length === 0)
        skipped("no process of each model is named, and what a GPU holds in all is no model's")
      for (const model of models) expect.soft(run).toUseGpuMemoryBelow('7.5GB', { of: model })
    })
  })
}

/** A process under the name of its model. */
function watchedAs(process: SuiteProcess, as: string): WatchedProcess {
  if (typeof process === 'number') return { pid: process, as }
  return 'port' in process || 'name' in process ? { ...process, as } : { server: process, as }
}

type WatchedProcess =
  | { readonly pid: number; readonly as: string }
  | { readonly port: number; readonly as: string }
  | { readonly name: string; readonly as: string }
  | { readonly server: RunningServer; readonly as: string }
