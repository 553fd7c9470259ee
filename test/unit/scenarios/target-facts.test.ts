import { expect, test } from 'vitest'
import { readTargetFacts, type TargetAnswers } from '../../../src/scenarios/target-facts.ts'

/** What is told, by name; what is not is left out. */
function told(answers: TargetAnswers, model = 'm'): Record<string, unknown> {
  const facts = readTargetFacts(answers, model).filter(({ value }) => value !== null)
  return Object.fromEntries(facts.map(({ name, value, source }) => [name, [value, source]]))
}

test('llama.cpp tells its model by size, its slots, and the quantisation in the name of its file', () => {
  const answers = {
    '/v1/models': {
      data: [
        {
          id: 'qwen3',
          owned_by: 'llamacpp',
          meta: { n_vocab: 151_936, n_ctx_train: 40_960, n_params: 751_632_384, size: 492_750_000 },
        },
      ],
    },
    '/props': {
      total_slots: 4,
      model_path: '/models/qwen3-0.6b-q4_k_m.gguf',
      build_info: 'b7691-ea23c1599',
      default_generation_settings: { n_ctx: 8192 },
    },
  }
  expect(told(answers, 'qwen3')).toEqual({
    model: ['qwen3', '/v1/models'],
    quantisation: ['q4_k_m', '/props, the file name'],
    parameters: [751_632_384, '/v1/models'],
    'model size': [492_750_000, '/v1/models'],
    context: [8192, '/props'],
    'trained context': [40_960, '/v1/models'],
    vocabulary: [151_936, '/v1/models'],
    'requests at once': [4, '/props'],
    server: ['b7691-ea23c1599', '/props'],
  })
})

test('Ollama, TGI, vLLM and SGLang tell what each of them knows', () => {
  const ollama = {
    details: { quantization_level: 'Q4_K_M', parameter_size: '751.63M' },
    model_info: { 'general.architecture': 'qwen3', 'qwen3.context_length': 40_960 },
    parameters: 'stop    "<|im_end|>"\nnum_ctx    4096\ntemperature    0.6',
  }
  expect(told({ '/api/show': ollama, '/v1/models': { data: [{ id: 'a' }, { id: 'b' }] } })).toEqual({
    quantisation: ['Q4_K_M', '/api/show'],
    parameters: ['751.63M', '/api/show'],
    context: [4096, '/api/show'],
    'trained context': [40_960, '/api/show'],
  })
  const tgi = {
    model_id: 'Qwen/Qwen2-7B-Instruct-GPTQ-Int4',
    model_dtype: 'float16',
    max_concurrent_requests: 128,
    max_total_tokens: 2048,
    max_batch_total_tokens: 16_000,
    version: '3.0.1',
  }
  expect(told({ '/info': tgi })).toMatchObject({
    model: ['Qwen/Qwen2-7B-Instruct-GPTQ-Int4', '/info'],
    quantisation: ['GPTQ-Int4', "the model's name"],
    context: [2048, '/info'],
    'requests at once': [128, '/info'],
    'batch tokens': [16_000, '/info'],
    server: ['3.0.1', '/info'],
  })
  const vllm = { '/v1/models': { data: [{ id: 'a' }, { id: 'b-FP8', max_model_len: 4096 }] } }
  expect(told({ ...vllm, '/version': { version: '0.11.0' } }, 'b-FP8')).toEqual({
    model: ['b-FP8', '/v1/models'],
    quantisation: ['FP8', "the model's name"],
    context: [4096, '/v1/models'],
    server: ['0.11.0', '/version'],
  })
  const sglang = { model_path: 'Qwen/Qwen3-8B', quantization: null, dtype: 'bfloat16', max_running_requests: 48 }
  expect(told({ '/get_server_info': sglang })).toMatchObject({
    quantisation: ['bfloat16', '/get_server_info'],
    'requests at once': [48, '/get_server_info'],
  })
})

test('what is not told, or is nonsense, is null and never 0', () => {
  expect(told({})).toEqual({})
  const nonsense = { data: [{ id: ' ', max_model_len: 0, meta: { n_params: 'many', size: Number.NaN } }] }
  expect(
    told({ '/v1/models': nonsense, '/props': 'ok', '/api/show': null, '/info': [1], '/version': { version: 3 } }),
  ).toEqual({})
  // No quantisation is guessed from a part of a word.
  expect(told({}, 'my-q4ever-model')).toEqual({})
})
