import { describe, expect, server, test } from 'vitest-perf'
import { http } from 'vitest-perf/scenarios'

// A voice cloner as a pipeline: encode the prompt, generate, decode, finish. The embedded one has planned costs.
const url = process.env['CLONE_URL']
const embedded =
  url === undefined ? server({ command: ['node', 'fixtures/dist/voice-clone.js'], ready: /listening on (\S+)/ }) : null

const clone = (prompts: readonly string[]) =>
  http.post('/clone', {
    baseUrl: embedded ?? url!,
    body: { text: 'Hello', prompt: '{{prompt}}' },
    data: { prompt: [...prompts] },
    stages: {
      // All of them are in Server-Timing, side by side; a path puts one into its place.
      'clone/encode': { serverTiming: 'encode' },
      'clone/llm': { serverTiming: 'llm' },
      'clone/decode': { serverTiming: 'decode' },
      post: { path: 'timings.post_ms', unit: 'ms' },
    },
    counters: { cacheHit: { header: 'x-cache', equals: 'HIT' } },
  })

describe('a voice cloner', () => {
  test('spends its time where it is planned', async ({ load }) => {
    const run = await load(clone(['anna', 'anna', 'anna', 'ben']), {
      users: 2,
      duration: '5s',
      warmup: { requests: 8 },
    })
    expect(run.stage('clone/encode')).toHaveP90Below('20ms')
    expect(run.stage('clone/llm')).toHaveMaxBelow('31ms')
    expect(run.stage('clone/decode')).toHaveMaxBelow('21ms')
    expect(run.stage('(rest)')).toHaveP50Below('10ms')
    expect(run).toHaveCounterRateAbove('cacheHit', '90%')
  })

  test('keeps its cache when the prompt is switched and switched back', async ({ load }) => {
    // A cache of one prompt would miss at every switch: 5 of 8.
    const run = await load(clone(['cleo', 'cleo', 'dan', 'dan', 'cleo', 'cleo', 'dan', 'cleo']), {
      users: 1,
      iterations: 40,
    })
    expect(run).toHaveCounterRateAbove('cacheHit', '80%')
  })
})
