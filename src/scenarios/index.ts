export { http, type Http, type HttpOptions } from './http.ts'
export { anthropic, type AnthropicOptions } from './anthropic.ts'
export { json, type JsonOptions, type ReadOptions } from './json.ts'
export { llamacpp, type LlamaCppOptions } from './llamacpp.ts'
export { ollama, type OllamaOptions } from './ollama.ts'
export { openai, type ChatOptions, type CompletionOptions, type ModelOptions, type OpenAi } from './openai.ts'
export type { EmbeddingsOptions } from './openai-embeddings.ts'
export type { ResponsesOptions } from './openai-responses.ts'
export { tgi, type TgiOptions } from './tgi.ts'
export type { ChatMessage, GenerationOptions } from './model-options.ts'
export type { ModelCheckOptions } from './output-check.ts'
export type { OpenAiSpeechOptions, OpenAiTranscriptionOptions } from './openai-audio.ts'
export {
  speech,
  type AudioCheckOptions,
  type PcmOptions,
  type SpeechCheckOptions,
  type SpeechOptions,
} from './speech.ts'
export { transcription, type TranscriptionOptions } from './transcription.ts'
export type { Data, DataRow, PreparedData, PreparedRows } from './data.ts'
export { syntheticPrompts, type SyntheticPromptOptions } from './prompts/synthetic-prompts.ts'
export { promptSet, type PromptSetOptions } from './prompts/prompt-set.ts'
export type { TokenizerOption } from './prompts/tokenizer.ts'
export type { ClassBounds } from './prompts/class-bounds.ts'
export type { Flush } from './prompts/flush.ts'
export type { Script } from './prompts/words.ts'
export { websocket, type WebSocketOptions } from './websocket.ts'
export { conversation, type ConversationOptions } from './conversation.ts'
export { choice, range, type Choice, type Drawn, type Range, type RangeBounds, type Spread } from './draw.ts'
export type { ToolCall } from './tool-calls.ts'
export { mix, type MixPart } from './mix.ts'
export type { ContentEncoding } from './content-encoding.ts'
export type { TlsOptions } from './tls-options.ts'
export type { TransportOptions } from './transport-options.ts'
export type { FilePart, UploadOptions } from './upload.ts'
export type { CounterSource, NumberOptions, StageSource } from './number-options.ts'
export type { CheckOptions, RequestOptions } from './request-options.ts'
export {
  defineScenario,
  RequestFailed,
  scenario,
  type CallOptions,
  type ChatCallOptions,
  type CompletionCallOptions,
  type HttpCallOptions,
  type ModuleOptions,
  type ModelResponse,
  type ScenarioChecks,
  type ScenarioContext,
  type ScenarioCookies,
  type ScenarioFunction,
  type ScenarioHooks,
  type ScenarioHttp,
  type ScenarioOpenAi,
  type ScenarioResponse,
  type UserContext,
} from './module.ts'
export type { BaseUrl, DataOrder, Scenario, TimeoutOptions } from '../domain/scenario.ts'
export type { Duration } from '../domain/quantity.ts'
