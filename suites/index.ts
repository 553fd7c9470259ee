/** `vitest-perf/suites`: the suites of five reports, for services of yours. Call one at the top of a `*.perf.ts`. */
export { type AiService, aiServicesSuite, type AiServicesOptions } from './ai-services-suite.ts'
export type { ReferenceRow } from './ai-tables.ts'
export { gatewaySuite, type GatewayOptions } from './gateway-suite.ts'
export { llmServerSuite, type LlmServerOptions } from './llm-server-suite.ts'
export { llmServiceSuite, type LlmServiceOptions } from './llm-service-suite.ts'
export type { SuiteDuration, SuiteProcess, SuiteScale, SuiteTarget } from './suite-target.ts'
export { type CloneOption, voiceCloneSuite, type VoiceCloneOptions } from './voice-clone-suite.ts'
