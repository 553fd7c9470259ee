// Names that fragments in README.md and docs/ use without a word about where they come from.
type Perf = typeof import('vitest-perf')
type Scenarios = typeof import('vitest-perf/scenarios')
type Fixtures = import('vitest-perf').PerfFixtures

declare const test: Perf['test']
declare const expect: Perf['expect']
declare const server: Perf['server']
declare const mix: Perf['mix']
declare const prometheus: Perf['prometheus']
declare const statsd: Perf['statsd']
declare const perfProject: (typeof import('vitest-perf/config'))['perfProject']

declare const http: Scenarios['http']
declare const json: Scenarios['json']
declare const openai: Scenarios['openai']
declare const speech: Scenarios['speech']
declare const conversation: Scenarios['conversation']
declare const promptSet: Scenarios['promptSet']
declare const syntheticPrompts: Scenarios['syntheticPrompts']
declare const choice: Scenarios['choice']
declare const scenario: Scenarios['scenario']
declare const defineScenario: Scenarios['defineScenario']

declare const load: Fixtures['load']
declare const withoutServer: Fixtures['withoutServer']

declare const url: string
declare const llm: import('vitest-perf').RunningServer
declare const service: import('vitest-perf').RunningServer
declare const run: import('vitest-perf').Measurement
declare const generate: import('vitest-perf').Scenario
declare const chat: any
