import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import { describe as text } from '../domain/quantity.ts'
import type { Scenario } from '../domain/scenario.ts'
import {
  anthropic,
  conversation,
  http,
  json,
  llamacpp,
  mix,
  ollama,
  openai,
  scenario,
  speech,
  tgi,
  transcription,
  websocket,
} from '../scenarios/index.ts'
import { renamed } from '../scenarios/mix.ts'
import { located } from './located.ts'

type ScenarioKind =
  | `http.${'get' | 'post' | 'put' | 'patch' | 'delete'}`
  | `openai.${'chat' | 'completion' | 'responses' | 'embeddings' | 'speech' | 'transcription'}`
  | 'tgi.generate'
  | 'llamacpp.completion'
  | 'ollama.chat'
  | 'anthropic.messages'
  | 'json'
  | 'conversation'
  | 'speech'
  | 'transcription'
  | 'websocket'
  | 'module'

/**
 * A scenario as data: its kind with its options, e.g. `{ 'openai.chat': { baseUrl, model, messages } }`, or weights and
 * names of other scenarios of the suite: `{ mix: [[4, 'qwen'], [1, 'llama']] }`, whose parts are counted under these names.
 */
export type ScenarioDefinition =
  | Scenario
  | Readonly<Partial<Record<ScenarioKind, object>>>
  | { readonly mix: readonly (readonly [weight: number, name: string])[] }

/** Kinds of scenario that data can name. */
const SCENARIO_KINDS: Readonly<Record<ScenarioKind, (options: never) => Scenario>> = {
  'http.get': fromUrl(http.get),
  'http.post': fromUrl(http.post),
  'http.put': fromUrl(http.put),
  'http.patch': fromUrl(http.patch),
  'http.delete': fromUrl(http.delete),
  'openai.chat': (options) => openai.chat(options),
  conversation: (options) => conversation(options),
  'openai.completion': (options) => openai.completion(options),
  'openai.responses': (options) => openai.responses(options),
  'openai.embeddings': (options) => openai.embeddings(options),
  'tgi.generate': (options) => tgi.generate(options),
  'llamacpp.completion': (options) => llamacpp.completion(options),
  'ollama.chat': (options) => ollama.chat(options),
  'anthropic.messages': (options) => anthropic.messages(options),
  json: (options) => json(options),
  'openai.speech': (options) => openai.speech(options),
  'openai.transcription': (options) => openai.transcription(options),
  speech: (options) => speech(options),
  transcription: (options) => transcription(options),
  websocket: fromUrl(websocket),
  module: ({ source, ...rest }: { source: string; params?: unknown; name?: string }): Scenario => {
    const { params, ...options } = rest
    return scenario(source, params, options)
  },
}

/** Kinds of scenario that data can name, mixtures among them. */
export const KINDS: readonly string[] = [...Object.keys(SCENARIO_KINDS), 'mix']

/** Schema of one scenario of a suite. */
export const scenarioDefinition: z.ZodType<ScenarioDefinition> = z.custom<ScenarioDefinition>(
  isScenarioDefinition,
  `takes a scenario, or an object with one of ${KINDS.join(', ')}`,
)

type Definitions = Readonly<Record<string, ScenarioDefinition>>

/**
 * Makes the scenarios of a suite.
 * @throws LoadError `invalid-option` with the path into the data
 */
export function suiteScenarios(where: string, definitions: Definitions): ReadonlyMap<string, Scenario> {
  const made = new Map<string, Scenario>()
  const makeOne = (name: string, above: readonly string[]): Scenario => {
    const definition = definitions[name]!
    const known = made.get(name)
    if (known !== undefined) return known
    const path = `${where}: scenarios.${name}`
    const one =
      'mix' in definition
        ? located(`${path}.mix`, ['scenarios', name, 'mix'], () =>
            mixOf(definition.mix, (part) => partOf(part, [...above, name])),
          )
        : scenarioOf(path, name, definition)
    made.set(name, one)
    return one
  }
  const partOf = (name: unknown, above: readonly string[]): Scenario => {
    const takes = `takes one of ${Object.keys(definitions).join(', ')}`
    if (typeof name !== 'string' || !Object.hasOwn(definitions, name))
      throw new LoadError('invalid-option', `got ${text(name)}, ${takes}`)
    if (above.includes(name)) throw new LoadError('invalid-option', [...above, name].join(' is mixed of '))
    return renamed(makeOne(name, above), name)
  }
  for (const name of Object.keys(definitions)) makeOne(name, [])
  return made
}

function mixOf(parts: unknown, scenarioNamed: (name: unknown) => Scenario): Scenario {
  // What is no list of pairs is for mix() to refuse.
  if (!Array.isArray(parts) || !parts.every((part) => Array.isArray(part) && part.length === 2)) return mix(parts as [])
  return mix(parts.map(([weight, name]: [number, unknown]) => [weight, scenarioNamed(name)]))
}

function isScenarioDefinition(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if ('plan' in value) return true
  const keys = Object.keys(value)
  return keys.length === 1 && KINDS.includes(keys[0]!)
}

function scenarioOf(
  where: string,
  name: string,
  definition: Exclude<ScenarioDefinition, { readonly mix: unknown }>,
): Scenario {
  if ('plan' in definition) return definition
  const [kind, options] = Object.entries(definition)[0]!
  return located(`${where}.${kind}`, ['scenarios', name, kind], () =>
    SCENARIO_KINDS[kind as ScenarioKind](options as never),
  )
}

function fromUrl(make: (url: string, options: never) => Scenario): (options: { url: string }) => Scenario {
  return ({ url, ...options }) => make(url, options as never)
}
