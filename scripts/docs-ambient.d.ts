// Names that fragments in README.md and docs/ use without a word about where they come from.
import type * as Perf from 'vitest-perf'
import type * as Config from 'vitest-perf/config'
import type * as Scenarios from 'vitest-perf/scenarios'

declare global {
  const test: typeof Perf.test
  const expect: typeof Perf.expect
  const server: typeof Perf.server
  const mix: typeof Perf.mix
  const prometheus: typeof Perf.prometheus
  const statsd: typeof Perf.statsd
  const perfProject: typeof Config.perfProject

  const http: typeof Scenarios.http
  const json: typeof Scenarios.json
  const openai: typeof Scenarios.openai
  const speech: typeof Scenarios.speech
  const conversation: typeof Scenarios.conversation
  const promptSet: typeof Scenarios.promptSet
  const syntheticPrompts: typeof Scenarios.syntheticPrompts
  const choice: typeof Scenarios.choice
  const scenario: typeof Scenarios.scenario
  const defineScenario: typeof Scenarios.defineScenario

  const load: Perf.PerfFixtures['load']
  const withoutServer: Perf.PerfFixtures['withoutServer']

  const url: string
  const llm: Perf.RunningServer
  const service: Perf.RunningServer
  const run: Perf.Measurement
  const generate: Perf.Scenario
  /** A scenario, and what makes one of a URL or a number of words. */
  const chat: Perf.Scenario & ((of: string | number) => Perf.Scenario)
}
