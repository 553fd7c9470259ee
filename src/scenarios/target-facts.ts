import { TARGET_FACTS, type TargetFact, type TargetFactName } from '../domain/target-facts.ts'
import { atPath } from './json-path.ts'

/** Endpoints in which servers tell of themselves; all are GET but `/api/show`, which takes the model. */
export const TARGET_ENDPOINTS = ['/v1/models', '/props', '/api/show', '/info', '/version', '/get_server_info'] as const
export type TargetEndpoint = (typeof TARGET_ENDPOINTS)[number]

/** JSON by the endpoint that answered; absent where none did. */
export type TargetAnswers = Readonly<Partial<Record<TargetEndpoint, unknown>>>

type Value = string | number | null
/** A fact by each endpoint that may tell it, the best first. */
type Told = readonly (readonly [source: string, value: Value])[]

/** Names of weights that stand for their quantisation: `Q4_K_M`, `GPTQ-Int4`, `AWQ`, `FP8`. */
const QUANTISATION =
  /(?:^|[-_./])((?:IQ|Q)\d(?:_[A-Z0-9]+)*|(?:GPTQ|AWQ)(?:-Int\d)?|MXFP4|NVFP4|FP8|INT[48]|BF16|F16|FP16)(?=[-_./]|$)/i
/** Longer texts are no names. */
const MOST_CHARACTERS = 200

/**
 * Reads what llama.cpp, vLLM, TGI, SGLang and Ollama tell of themselves. What none tells is `null`.
 * @param model the one that is asked, as requests name it
 * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md `/props`, `/v1/models`
 * @see https://github.com/ollama/ollama/blob/main/docs/api.md `/api/show`
 * @see https://huggingface.github.io/text-generation-inference/ `/info`
 */
export function readTargetFacts(answers: TargetAnswers, model: string): readonly TargetFact[] {
  const list = atPath(answers['/v1/models'], 'data')
  const models: readonly unknown[] = Array.isArray(list) ? list : []
  const card = models.find((one) => atPath(one, 'id') === model) ?? (models.length === 1 ? models[0] : undefined)
  const [props, show, info] = [answers['/props'], answers['/api/show'], answers['/info']]
  const server = answers['/get_server_info']
  const id = text(atPath(card, 'id')) ?? text(atPath(info, 'model_id')) ?? text(atPath(server, 'model_path'))
  const path = text(atPath(props, 'model_path'))
  const facts: Readonly<Record<TargetFactName, Told>> = {
    model: [
      ['/v1/models', text(atPath(card, 'id'))],
      ['/info', text(atPath(info, 'model_id'))],
      ['/get_server_info', text(atPath(server, 'model_path'))],
      ['/props', path === null ? null : path.split(/[/\\]/).at(-1)!],
    ],
    quantisation: [
      ['/api/show', text(atPath(show, 'details.quantization_level'))],
      ['/get_server_info', text(atPath(server, 'quantization'))],
      ['/props, the file name', quantisationIn(path)],
      ["the model's name", quantisationIn(id ?? model)],
      ['/info', text(atPath(info, 'model_dtype'))],
      ['/get_server_info', text(atPath(server, 'dtype'))],
    ],
    parameters: [
      ['/v1/models', number(atPath(card, 'meta.n_params'))],
      ['/api/show', byEnding(atPath(show, 'model_info'), 'general.parameter_count')],
      ['/api/show', text(atPath(show, 'details.parameter_size'))],
    ],
    'model size': [['/v1/models', number(atPath(card, 'meta.size'))]],
    context: [
      ['/props', number(atPath(props, 'default_generation_settings.n_ctx'))],
      ['/v1/models', number(atPath(card, 'max_model_len'))],
      ['/info', number(atPath(info, 'max_total_tokens'))],
      ['/get_server_info', number(atPath(server, 'context_length'))],
      ['/api/show', numCtx(text(atPath(show, 'parameters'), 10_000))],
    ],
    'trained context': [
      ['/v1/models', number(atPath(card, 'meta.n_ctx_train'))],
      ['/api/show', byEnding(atPath(show, 'model_info'), '.context_length')],
    ],
    vocabulary: [
      ['/v1/models', number(atPath(card, 'meta.n_vocab'))],
      ['/api/show', byEnding(atPath(show, 'model_info'), '.vocab_size')],
    ],
    'requests at once': [
      ['/props', number(atPath(props, 'total_slots'))],
      ['/info', number(atPath(info, 'max_concurrent_requests'))],
      ['/get_server_info', number(atPath(server, 'max_running_requests'))],
    ],
    'batch tokens': [
      ['/info', number(atPath(info, 'max_batch_total_tokens'))],
      ['/get_server_info', number(atPath(server, 'max_total_num_tokens'))],
    ],
    server: [
      ['/props', text(atPath(props, 'build_info'))],
      ['/info', text(atPath(info, 'version'))],
      ['/version', text(atPath(answers['/version'], 'version'))],
      ['/get_server_info', text(atPath(server, 'version'))],
      ['/v1/models', text(atPath(card, 'owned_by'))],
    ],
  }
  return TARGET_FACTS.map((name) => {
    const [source, value] = facts[name].find(([, one]) => one !== null) ?? [null, null]
    return { name, value, source }
  })
}

/** A text that says something, on one line. */
function text(value: unknown, most: number = MOST_CHARACTERS): string | null {
  if (typeof value !== 'string' || value.trim() === '') return null
  return (most === MOST_CHARACTERS ? value.replaceAll(/\s+/g, ' ') : value).trim().slice(0, most)
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null
}

/** Ollama names keys after the architecture: `qwen3.context_length`. */
function byEnding(value: unknown, ending: string): number | null {
  if (typeof value !== 'object' || value === null) return null
  return number(Object.entries(value).find(([key]) => key.endsWith(ending))?.[1])
}

/** Ollama tells parameters as lines: `num_ctx    4096`. */
function numCtx(parameters: string | null): number | null {
  return number(Number(/^num_ctx\s+(\d+)$/m.exec(parameters ?? '')?.[1]))
}

function quantisationIn(name: string | null): string | null {
  const found = QUANTISATION.exec((name ?? '').replace(/\.gguf$/i, ''))?.[1]
  return found ?? null
}
