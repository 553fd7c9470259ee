import type { Duration } from './quantity.ts'
import type { TransportPlan } from './transport-plan.ts'

/** HTTP methods that a scenario may send. */
export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'

/** Time limits of one request, in microseconds; each ends the request with a `timeout` failure naming it. */
export interface TimeoutPlan {
  readonly connectUs: number
  /** From sent to the response head. */
  readonly headersUs: number
  /** Longest silence between two pieces of the body. */
  readonly chunkUs: number
  /** From the hand-over to a connection, connecting included, to the end. */
  readonly totalUs: number
}

/** What a good answer must look like; every given part must hold. A failed check is a `check` failure. */
export interface CheckPlan {
  /** Substring that the body must contain. */
  readonly bodyIncludes: string | null
  /** Regular expression (source and flags) that the body must match. */
  readonly bodyMatches: { readonly source: string; readonly flags: string } | null
  /** Dotted path -> expected JSON value (deep equality). */
  readonly json: Readonly<Record<string, unknown>> | null
  readonly minBytes: number | null
  /** An answer that is complete sooner after it was asked for is no good one, microseconds. @default none */
  readonly minTimeUs?: number
}

/** Rows that templates are filled with. */
export type DataRows = readonly Readonly<Record<string, unknown>>[]

/**
 * Which row a request takes. `sequential`: in turn. `shuffled`: every row once, in a drawn order, before any comes again.
 * `random`: drawn anew for each request. `unique`: each user has a row of its own.
 */
export type DataOrder = 'sequential' | 'shuffled' | 'random' | 'unique'

/** A file of rows. Every generator reads it for itself, so that large ones do not travel from process to process. */
export interface DataFile {
  /** Absolute path. */
  readonly path: string
  readonly format: 'csv' | 'tsv' | 'jsonl' | 'json'
  /** Number of rows, at least 1. */
  readonly rows: number
  /** SHA-256 of its bytes, hexadecimal: a file that changes before a generator has read it is an error. */
  readonly digest: string
}

/** Words that a request's prompt gets of its own, each one token: no cache knows what follows them. */
export interface SaltPlan {
  /** Column whose texts have a place for it. */
  readonly column: string
  readonly words: readonly string[]
  /** How many of them a prompt gets. */
  readonly length: number
}

/** What is known of prompts whose length was counted before the load. */
export interface PromptPlan {
  /** Tokenizer, for people. */
  readonly countedBy: string
  /** Column with the tokens of each row's prompt. */
  readonly lengthColumn: string
  readonly salt: SaltPlan | null
}

/** One part of a form: a text, or a file. Its texts may be templates. */
export interface PartPlan {
  readonly name: string
  /** Content; `null` when it is the file at `path`. */
  readonly text: string | null
  /** Absolute. */
  readonly path: string | null
  readonly filename: string | null
  /** Content type; `null` for none, or as the file name says. */
  readonly type: string | null
}

/**
 * A body that is no text of the plan. `digest` sums up sizes and beginnings of its files, of the rows that were looked at
 * when the plan was made; empty inside scenario modules.
 */
export type UploadPlan =
  | { readonly kind: 'file'; readonly path: string; readonly digest: string }
  | { readonly kind: 'multipart'; readonly parts: readonly PartPlan[]; readonly digest: string }

/** Where a number in an answer stands: a dotted path into its JSON, or a header. */
export type NumberSource =
  | { readonly from: 'body'; readonly path: string }
  | { readonly from: 'header'; readonly name: string }

/** Where the duration of a stage comes from. `serverTiming` gives a metric of that header another name. */
export type StagePlan = (
  | (NumberSource & { readonly unitUs: number })
  | { readonly from: 'serverTiming'; readonly name: string }
) & {
  /** The server worked it out and did not measure it. */
  readonly inferred: boolean
}

/** Where a counter comes from. With `equals` or `matches` it is 1 when the value is that, else 0. */
export type CounterPlan = NumberSource & {
  readonly equals: string | number | boolean | null
  readonly matches: { readonly source: string; readonly flags: string } | null
}

/** Parts that every request-shaped scenario shares. All of it is data and crosses process borders. */
export interface RequestPlan {
  readonly name: string
  readonly method: HttpMethod
  /** Absolute URL; a Handlebars template when `templated`. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Body text, or `null` for none; a Handlebars template when `templated`. */
  readonly body: string | null
  /**
   * How a templated body is rendered: `text` inserts values as they are; `json` is a JSON text whose string leaves are
   * templates, so that whatever a row holds the result stays valid JSON. @default 'text'
   */
  readonly bodyForm?: 'text' | 'json'
  /** A form or file that is sent instead of `body`. */
  readonly upload?: UploadPlan
  /** True when url, headers or body hold `{{...}}`, or a JSON body a draw, and must be rendered per request. */
  readonly templated: boolean
  readonly data: DataRows | DataFile
  /** @default 'sequential' */
  readonly dataOrder?: DataOrder
  /** Absent where nobody counted the prompts. */
  readonly prompts?: PromptPlan
  /** Class of a request's prompt, by which results are split: a text, or a template of the row. */
  readonly promptClass?: string
  readonly timeout: TimeoutPlan
  /** Largest number of redirects to follow; 0 = a redirect is a failure. */
  readonly maxRedirects: number
  /** Statuses that count as good; `null` = 200..299. */
  readonly expectStatus: readonly number[] | null
  readonly check: CheckPlan | null
  /** Stages by path, beside those that `Server-Timing` tells. @default none */
  readonly stages?: Readonly<Record<string, StagePlan>>
  /** Counters by name. @default none */
  readonly counters?: Readonly<Record<string, CounterPlan>>
  readonly transport: TransportPlan
}

/** A plain HTTP request. */
export interface HttpScenarioPlan extends RequestPlan {
  readonly kind: 'http'
}

/** APIs of language models that requests and answers are understood in, by the names of their scenarios. */
export type DialectId =
  | 'openai.chat'
  | 'openai.completion'
  | 'openai.responses'
  | 'openai.embeddings'
  | 'tgi.generate'
  | 'llamacpp.completion'
  | 'ollama.chat'
  | 'anthropic.messages'
  | 'json'

/** Where JSON answers tell what they tell. Paths are dotted, list positions as numbers: `choices.0.text`. */
export interface ReadPlan {
  /** How a stream of answers is cut into JSON; `null`: the answer is one JSON text. */
  readonly framing: 'sse' | 'ndjson' | null
  readonly text: string | null
  readonly inputTokens: string | null
  /** A count, or the server's own rate and time whose product it is. */
  readonly outputTokens: string | { readonly perSecond: string; readonly seconds: string } | null
  readonly finishReason: string | null
  /** True in the last chunk of a stream; `null` where the body just ends. */
  readonly done: string | null
  /** True in a good answer. */
  readonly ok: string | null
  /** Says something in a bad answer, or anything but `unless`. */
  readonly error: { readonly path: string; readonly unless?: unknown } | null
  readonly stages: Readonly<Record<string, { readonly path: string; readonly unitUs: number }>>
}

/** What the output of a good answer must be like. */
export interface OutputCheckPlan {
  /** Finish reasons, in the server's words, one of which it must have; `null` for any. */
  readonly finishReasons: readonly string[] | null
  /** Least output tokens; `null` for any number. */
  readonly minTokens: number | null
}

/** How a conversation goes on; what the user says is the column `turns` of its row. */
export interface ConversationPlan {
  /** First message; `null` for none. */
  readonly system: string | null
  /** Pause before each turn but the first, drawn evenly. */
  readonly thinkTime: { readonly minUs: number; readonly maxUs: number }
  readonly maxTurns: number
}

/** A request to a language model. */
export interface ModelScenarioPlan extends RequestPlan {
  /** A chat of several turns, each of which holds all before it; absent for a single request. */
  readonly conversation?: ConversationPlan
  readonly kind: 'model'
  readonly dialect: DialectId
  readonly stream: boolean
  /** Whether an answer without any generated text counts as good. */
  readonly allowEmpty: boolean
  readonly output?: OutputCheckPlan
  /** Where to read answers of the dialect `json`, which has no meaning of its own. */
  readonly read?: ReadPlan
}

/** Shape of samples without a container. */
export interface PcmPlan {
  readonly sampleRate: number
  readonly channels: number
  readonly bitsPerSample: number
}

/** What speech must not be; each part that is `null` or false is not looked at. */
export interface AudioCheckPlan {
  /** Different texts must not give the same bytes. */
  readonly varies: boolean
  /** The samples must be no pure tone and no silence. */
  readonly notTone: boolean
  /** Least seconds of audio for each character. */
  readonly minSecondsPerChar: number | null
}

/** A request whose answer is a text that is spoken. */
export interface SpeechScenarioPlan extends RequestPlan {
  readonly kind: 'speech'
  /** What is to be spoken; a template when `templated`. */
  readonly text: string
  /** What an answer is that begins like no container. */
  readonly pcm: PcmPlan | null
  readonly audioCheck: AudioCheckPlan | null
}

/** A request that sends audio, whose answer is what was said. */
export interface TranscriptionScenarioPlan extends RequestPlan {
  readonly kind: 'transcription'
  /** Absolute path of the audio; a template when `templated`. */
  readonly file: string
  /** What was said; a template when `templated`. `null`: not known. */
  readonly reference: string | null
  /** Dotted path to the transcript in the JSON answer; `null`: the answer is the transcript. */
  readonly transcript: string | null
  /** Whether an empty transcript counts as good. */
  readonly allowEmpty: boolean
  /** Different audio must not give the same transcript. */
  readonly varies: boolean
}

/** A scenario module: user code that the generators import and run once per iteration. */
export interface ModuleScenarioPlan {
  readonly kind: 'module'
  readonly name: string
  /** `file:` URL of the user's source module. */
  readonly source: string
  /** Serialisable parameters handed to the module. */
  readonly params: unknown
  /** `file:` URL of the bundle that generators import; `null` until the load host has built it. */
  readonly bundle: string | null
}

/**
 * A WebSocket: the request is its opening one, with an http(s) address; the body is the JSON list of the messages to send.
 */
export interface WebSocketScenarioPlan extends RequestPlan {
  readonly kind: 'websocket'
  /** Subprotocols to offer. */
  readonly protocols: readonly string[]
  /** Messages that the server sends before it is sent anything. */
  readonly greeting: number
  /** Messages to wait for after those. */
  readonly receive: number
}

/** A scenario that is no mix. */
export type SingleScenarioPlan =
  | HttpScenarioPlan
  | ModelScenarioPlan
  | SpeechScenarioPlan
  | TranscriptionScenarioPlan
  | WebSocketScenarioPlan
  | ModuleScenarioPlan

/** Several scenarios in one load: each iteration is dealt to one of them. */
export interface MixScenarioPlan {
  readonly kind: 'mix'
  readonly name: string
  /** At least one; all have different names, under which they are counted. */
  readonly parts: readonly { readonly weight: number; readonly plan: SingleScenarioPlan }[]
}

export type ScenarioPlan = SingleScenarioPlan | MixScenarioPlan

/** The scenarios that a load runs: itself, or the parts of a mix. */
export function singlePlans(scenario: ScenarioPlan): readonly SingleScenarioPlan[] {
  return scenario.kind === 'mix' ? scenario.parts.map(({ plan }) => plan) : [scenario]
}

/** The same scenario with every one that a load runs changed. */
export function mapSinglePlans(
  scenario: ScenarioPlan,
  change: (plan: SingleScenarioPlan) => SingleScenarioPlan,
): ScenarioPlan {
  return scenario.kind === 'mix'
    ? { ...scenario, parts: scenario.parts.map(({ weight, plan }) => ({ weight, plan: change(plan) })) }
    : change(scenario)
}

/** A place to send requests to: a URL, or something that knows its URL once it runs (`server()`). */
export type BaseUrl = string | { readonly url: string }

/**
 * What `load()` takes: a scenario whose plan is made when the load starts, so that addresses may still be unknown when
 * it is declared. Made by `http.*`, `openai.*`, `scenario()` and `mix()`.
 */
export interface Scenario {
  readonly name: string
  /** Does what takes time before a plan can be made; absent where nothing does. @throws LoadError `invalid-option` */
  readonly prepare?: () => Promise<void>
  /** Resolves addresses and options. @throws LoadError `invalid-option` */
  plan(): ScenarioPlan
}

/** Timeout options as users write them. */
export interface TimeoutOptions {
  readonly connect?: Duration
  readonly headers?: Duration
  readonly chunk?: Duration
  readonly total?: Duration
}
