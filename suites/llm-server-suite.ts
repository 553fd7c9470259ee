import { describe, type EngineOptions, expect, test } from 'vitest-perf'
import { http, openai } from 'vitest-perf/scenarios'
import { sequentialTable } from './sequential-table.ts'
import type { SuiteScale, SuiteTarget } from './suite-target.ts'

/** Options of {@link llmServerSuite}. */
export interface LlmServerOptions {
  readonly url: SuiteTarget
  readonly model: string
  readonly apiKey?: string
  /** Generated tokens per answer. @default 50 */
  readonly maxTokens?: number
  /** Requests one after the other, and the same by five users. @default 10 */
  readonly requests?: number
  /** How to run the engine without its server; without it the overhead is skipped. */
  readonly engine?: EngineOptions
  /** @default 'full' */
  readonly scale?: SuiteScale
}

const PROMPTS = [
  '人工智能是计算机科学的一个分支，它企图了解智能的实质，并生产出一种新的能以人类智能相似的方式做出反应的智能机器。',
  '机器学习是人工智能的一个分支，它使计算机能够在不被明确编程的情况下从数据中学习。',
  '深度学习是机器学习的一个子集，它模仿人脑的工作方式来学习数据中的模式。',
  '自然语言处理是人工智能领域中的一个重要方向，致力于让计算机理解和生成人类语言。',
  '计算机视觉是人工智能的一个重要应用领域，旨在让计算机能够像人类一样理解和解释图像和视频。',
]

/** A server around one engine: health, one answer, sequential against concurrent, what the server costs. */
export function llmServerSuite({ url, model, apiKey, engine, scale = 'full', ...rest }: LlmServerOptions): void {
  const { requests = 10, maxTokens = scale === 'small' ? 24 : 50 } = rest
  const chat = openai.chat({
    baseUrl: url,
    model,
    maxTokens,
    messages: [{ role: 'user', content: '{{prompt}}' }],
    data: { prompt: PROMPTS },
    ...(apiKey === undefined ? {} : { apiKey }),
  })

  describe('an LLM server', () => {
    test('is healthy, and answers once', async ({ load, target }) => {
      await target({ baseUrl: url, model, ...(apiKey === undefined ? {} : { apiKey }) })
      expect(
        await load(http.get('/health', { baseUrl: url }), { users: 1, iterations: 1, label: 'health' }),
      ).toHaveNoErrors()
      expect(await load(chat, { users: 1, iterations: 1, label: 'one answer' })).toHaveNoErrors()
    })

    test('answers five users at once', async ({ compareConcurrency, table }) => {
      const { sequential, concurrent } = await compareConcurrency(chat, { requests, users: 5 })
      table(sequentialTable(sequential, concurrent, 5))
      // One measurement each: its success rate cannot be 90 % in one table and 100 % in another.
      expect(sequential).toHaveNoErrors()
      expect(concurrent).toHaveNoErrors()
    })

    test('costs little beside its engine', async ({ load, skip, withoutServer }) => {
      if (engine === undefined) return skip('no engine to compare with')
      const alone = await withoutServer(engine)
      const run = await load(chat, { users: 1, iterations: requests, warmup: { requests: 1 } })
      expect(run).toHaveOverheadBelow('30%', alone)
    })
  })
}
