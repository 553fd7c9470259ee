import { LLMock } from '@copilotkit/aimock'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LENIENT_CONFIG, TemporaryProject } from '../support/temporary-project.ts'
import { eachLeg } from '../e2e/each-leg.ts'

const SPEC = `
import { writeFileSync } from 'node:fs'
import { test } from 'vitest-perf'
import { anthropic, ollama, openai } from 'vitest-perf/scenarios'

test('measures', async ({ load }) => {
  const shared = { baseUrl: process.env.TARGET, model: 'm' }
  const messages = [{ role: 'user', content: 'hello' }]
  const profile = { rate: 6, duration: '2500ms' }
  const runs = await load({
    chat: [openai.chat({ ...shared, messages }), profile],
    responses: [openai.responses({ ...shared, input: 'hello' }), profile],
    messages: [anthropic.messages({ ...shared, messages, maxTokens: 64 }), profile],
    ollama: [ollama.chat({ ...shared, messages }), profile],
  })
  writeFileSync('numbers.json', JSON.stringify(Object.fromEntries(['chat', 'responses', 'messages', 'ollama'].map((name) => {
    const { ttft, tpot, interChunkLatency, errorRate, data } = runs.scenario(name)
    const tokens = data.series.distributions.outputTokens
    return [name, { ttft: ttft.min, tpot: tpot?.p50 ?? null, gap: interChunkLatency.p50, errorRate, tokens: tokens.max }]
  }))))
})
`

interface Numbers {
  readonly ttft: number
  readonly tpot: number | null
  readonly gap: number
  readonly errorRate: number
  readonly tokens: number
}

const TTFT_MS = 60
const GAP_MS = 40
const TOKENS = 12
/** Its timers wait for whole milliseconds and fall behind by a few of them; the least TTFT by the fewest. */
const TIMER_MS = 4
/** Events that aimock sends before the first text, a gap apart: the first of all is as late as it was told. */
const BEFORE_TEXT = { chat: 1, responses: 4, messages: 2, ollama: 0 } as const

const mock = new LLMock({ port: 0, chunkSize: 5 })
beforeAll(async () => {
  const openAi = { prompt_tokens: 3, completion_tokens: TOKENS, total_tokens: 3 + TOKENS }
  const usage = { ...openAi, input_tokens: 3, output_tokens: TOKENS }
  const streamingProfile = { ttft: TTFT_MS, tps: 1000 / GAP_MS, jitter: 0 }
  mock.onMessage(/hello/, { content: 'one two three four five six', usage }, { streamingProfile })
  await mock.start()
})
afterAll(() => mock.stop())

eachLeg((leg) => {
  describe('a server that nobody here wrote', () => {
    test('gives back the TTFT and the pace that were planted in it, whatever its API', async () => {
      const project = await TemporaryProject.create(leg, { 'vitest.config.ts': LENIENT_CONFIG, 'a.perf.ts': SPEC })
      const result = await project.run({ env: { TARGET: mock.url } })
      expect(result.output).not.toMatch(/Error/)
      const numbers = JSON.parse(await project.read('numbers.json')) as Record<keyof typeof BEFORE_TEXT, Numbers>
      for (const [name, before] of Object.entries(BEFORE_TEXT)) {
        const { ttft, tpot, gap, errorRate, tokens } = numbers[name as keyof typeof BEFORE_TEXT]
        // As Ollama it tells no tokens: 0, whatever it was given to tell.
        const told = name === 'ollama' ? 0 : TOKENS
        // Six pieces of text, five gaps, for eleven tokens after the first.
        const paced = told === 0 ? tpot === null : Math.abs(tpot! - (5 * gap) / (TOKENS - 1)) < 1
        expect({ name, errorRate, tokens, paced }).toEqual({ name, errorRate: 0, tokens: told, paced: true })
        const late = { ttft: ttft - TTFT_MS - before * GAP_MS, gap: gap - GAP_MS }
        expect(late.ttft).toBeGreaterThan(-1)
        expect(late.ttft).toBeLessThan((before + 1) * TIMER_MS)
        expect(late.gap).toBeGreaterThan(-1)
        expect(late.gap).toBeLessThan(TIMER_MS)
      }
    })
  })
})
