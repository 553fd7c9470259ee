import { describe, expect, mix, type RunningServer, test } from 'vitest-perf'
import { openai } from 'vitest-perf/scenarios'
import type { SuiteDuration, SuiteScale, SuiteTarget } from './suite-target.ts'

/** Options of {@link llmServiceSuite}. */
export interface LlmServiceOptions {
  readonly url: SuiteTarget
  readonly model: string
  readonly apiKey?: string
  /** Arrivals per second, one step each. @default 10, 50, 100, 200, 500 */
  readonly rates?: readonly number[]
  /** Length of a step. @default '5m' */
  readonly step?: SuiteDuration
  /** Words of the prompts that are compared. @default 750, 1536, 3072: about 1,000, 2,048 and 4,096 tokens */
  readonly promptWords?: readonly number[]
  /** Length of the soak. @default '24h' */
  readonly soak?: SuiteDuration
  /** How to start a server that may be killed; without it the fault is skipped. */
  readonly killable?: RunningServer
  /** @default 'full' */
  readonly scale?: SuiteScale
}

const SHORT = ['Hello', 'Explain the KV cache', 'What does a tokenizer do?', 'Name three uses of continuous batching']

/** An LLM on one machine: a single request, few users, steps of rates, prompt lengths, a mixture, a soak, its limits, a fault. */
export function llmServiceSuite({ url, model, apiKey, killable, scale = 'full', ...rest }: LlmServiceOptions): void {
  const small = scale === 'small'
  const rates = rest.rates ?? (small ? [5, 15] : [10, 50, 100, 200, 500])
  const step = rest.step ?? (small ? '4s' : '5m')
  const promptWords = rest.promptWords ?? (small ? [20, 80, 200] : [750, 1536, 3072])
  const chat = (
    maxTokens: number,
    prompt: string,
    { target = url, ...named }: { readonly target?: SuiteTarget; readonly name?: string } = {},
  ): ReturnType<typeof openai.chat> =>
    openai.chat({
      ...named,
      baseUrl: target,
      model,
      maxTokens,
      messages: [{ role: 'user', content: prompt }],
      data: { prompt: SHORT },
      ...(apiKey === undefined ? {} : { apiKey }),
    })
  const short = chat(small ? 16 : 128, '{{prompt}}')
  const monitors = {
    host: true,
    gpu: true,
    idle: '1s',
    ...(typeof url === 'string' ? {} : { process: { server: url, as: 'llm' } }),
  } as const

  describe('an LLM on one machine', () => {
    test('answers one request, and a few at once', async ({ load, target }) => {
      await target({ baseUrl: url, model, ...(apiKey === undefined ? {} : { apiKey }) })
      const alone = await load(short, {
        users: 1,
        iterations: small ? 10 : 100,
        warmup: { requests: 1 },
        label: 'one user',
      })
      expect(alone).toHaveNoErrors()
      const few = await load(short, {
        users: 8,
        duration: small ? '3s' : '1m',
        warmup: small ? '1s' : '10s',
        label: 'few users',
      })
      expect(few).toHaveNoErrors()
      expect(few).toHaveP90Below('3s')
    })

    test('keeps its limits from step to step', async ({ load }) => {
      const run = await load(short, {
        steps: rates.map((rate) => ({ rate, duration: step })),
        warmup: small ? '1s' : '30s',
        monitors,
        alert: [{ errorRate: '> 5%' }, { cpu: '> 95%', of: 'host' }, { memory: '> 90%', of: 'host' }],
      })
      for (const index of rates.keys()) {
        const at = run.step(index)
        expect.soft(at).toHavePercentileBelow(small ? 90 : 99, '1.5s')
        expect.soft(at).toHaveErrorRateBelow(small ? '10%' : '1%')
      }
      expect(run).toNotRegress()
    })

    test('reads longer prompts', async ({ load, sweep }) => {
      const matrix = await sweep({ words: promptWords }, ({ words }) =>
        load(chat(16, `{{$uuid}} {{filler ${words}}}`), {
          users: 1,
          iterations: small ? 5 : 100,
          warmup: { requests: 1 },
        }),
      )
      expect(matrix).toHaveErrorRateBelow('50%')
    })

    test('holds a mixture of short and long prompts', async ({ load }) => {
      const run = await load(
        mix([
          [3, chat(small ? 16 : 128, '{{prompt}}', { name: 'short' })],
          [1, chat(small ? 16 : 128, `{{$uuid}} {{filler ${promptWords.at(-1)}}}`, { name: 'long' })],
        ]),
        { rate: rates[0]!, duration: small ? '3s' : step, monitors },
      )
      expect(run.scenario('short')).toHavePercentileBelow(small ? 80 : 99, '1.5s')
      expect(run).toHaveErrorRateBelow(small ? '20%' : '1%')
    })

    test('stays steady', async ({ load, skip }) => {
      if (small) return skip('a soak takes PERF_SCALE=full: drift cannot be judged in seconds')
      const run = await load(short, { rate: rates[0]!, duration: rest.soak ?? '24h', warmup: '5m', monitors })
      expect(run).toStaySteady()
      expect(run).toHaveErrorRateBelow('0.1%')
      expect(run.availability).toBeGreaterThan(0.999)
    })

    test('tells what gives out first', async ({ capacity, exhaust, skip }) => {
      if (small) return skip('limits take PERF_SCALE=full: the search needs minutes')
      const found = await capacity(short, {
        from: rates[0]!,
        to: rates.at(-1)!,
        until: { p99: '1.5s', errorRate: '1%' },
      })
      expect(found.highestPassing).toBeGreaterThanOrEqual(rates[0]!)
      await exhaust(short, { to: rates.at(-1)! * 2, over: '3m' })
    })

    test('comes back after a crash', async ({ load, during, skip }) => {
      if (killable === undefined) return skip('no server that may be killed')
      const target = killable
      const run = await during(
        load(chat(8, '{{prompt}}', { target }), { rate: 10, duration: small ? '20s' : '2m', slo: { latency: '1s' } }),
        async ({ at, kill }) => {
          await at('3s')
          await kill(target)
          await target.restart()
        },
      )
      expect(run).toRecoverWithin('15s')
    })
  })
}
