/**
 * Under which names servers tell their numbers. Of several names of one number the first that a server has counts: they
 * are its names in different versions.
 */
import type { TargetMetricName } from './resource.ts'

/** Servers whose metrics are known by name. */
export type PresetName = 'vllm' | 'tgi' | 'sglang' | 'llamacpp'

/** What client and server both know, under the server's names. */
export type ComparedQuantity = 'requests' | 'completed' | 'errors' | 'inputTokens' | 'outputTokens' | 'latency' | 'ttft'

/** One kind of server. */
export interface ServerPreset {
  /** All of its metrics begin so. */
  readonly prefix: string
  /** What is shown beside the load: selectors, newest name first. */
  readonly watched: Readonly<Partial<Record<TargetMetricName, readonly string[]>>>
  /** What a client can be compared with. */
  readonly compared: Readonly<Partial<Record<ComparedQuantity, string>>>
}

export const SERVER_PRESETS: Readonly<Record<PresetName, ServerPreset>> = {
  /**
   * `gpu_cache_usage_perc` is v0's name, `kv_cache_usage_perc` v1's. `request_success_total` counts generations when they
   * end, aborted ones too.
   * @see https://docs.vllm.ai/en/stable/usage/metrics/
   * @see https://docs.vllm.ai/en/v0.5.5/serving/metrics.html
   */
  vllm: {
    prefix: 'vllm:',
    watched: {
      queueLength: ['vllm:num_requests_waiting'],
      requestsRunning: ['vllm:num_requests_running'],
      kvCacheShare: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
      preemptions: ['vllm:num_preemptions_total'],
      promptTokens: ['vllm:prompt_tokens_total'],
      generatedTokens: ['vllm:generation_tokens_total'],
      requestsEnded: ['vllm:request_success_total'],
      latency: ['vllm:e2e_request_latency_seconds'],
      ttft: ['vllm:time_to_first_token_seconds'],
    },
    compared: {
      completed: 'vllm:request_success_total{finished_reason!~"abort|error"}',
      inputTokens: 'vllm:prompt_tokens_total',
      outputTokens: 'vllm:generation_tokens_total',
      latency: 'vllm:e2e_request_latency_seconds',
      ttft: 'vllm:time_to_first_token_seconds',
    },
  },
  /**
   * Tokens are the sums of histograms over requests; durations are seconds without saying so.
   * @see https://huggingface.co/docs/text-generation-inference/reference/metrics
   */
  tgi: {
    prefix: 'tgi_',
    watched: {
      queueLength: ['tgi_queue_size'],
      requestsRunning: ['tgi_batch_current_size'],
      promptTokens: ['tgi_request_input_length_sum'],
      generatedTokens: ['tgi_request_generated_tokens_sum'],
      requestsEnded: ['tgi_request_count'],
      latency: ['tgi_request_duration'],
    },
    compared: {
      completed: 'tgi_request_success',
      inputTokens: 'tgi_request_input_length_sum',
      outputTokens: 'tgi_request_generated_tokens_sum',
      latency: 'tgi_request_duration',
    },
  },
  /**
   * A retraction is what vLLM calls a preemption; `num_retracted_reqs` is a gauge of the last batch and no substitute.
   * @see https://docs.sglang.io/docs/references/production_metrics
   * @see https://github.com/sgl-project/sglang/blob/main/examples/monitoring/grafana/dashboards/json/sglang-dashboard.json
   */
  sglang: {
    prefix: 'sglang:',
    watched: {
      queueLength: ['sglang:num_queue_reqs'],
      requestsRunning: ['sglang:num_running_reqs'],
      kvCacheShare: ['sglang:token_usage'],
      preemptions: ['sglang:num_retracted_requests_total'],
      promptTokens: ['sglang:prompt_tokens_total'],
      generatedTokens: ['sglang:generation_tokens_total'],
      requestsEnded: ['sglang:num_requests_total'],
      latency: ['sglang:e2e_request_latency_seconds'],
      ttft: ['sglang:time_to_first_token_seconds'],
    },
    compared: {
      completed: 'sglang:num_requests_total',
      inputTokens: 'sglang:prompt_tokens_total',
      outputTokens: 'sglang:generation_tokens_total',
      latency: 'sglang:e2e_request_latency_seconds',
      ttft: 'sglang:time_to_first_token_seconds',
    },
  },
  /**
   * It counts neither requests nor latencies; newer versions tell no use of the KV cache.
   * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
   */
  llamacpp: {
    prefix: 'llamacpp:',
    watched: {
      queueLength: ['llamacpp:requests_deferred'],
      requestsRunning: ['llamacpp:requests_processing'],
      kvCacheShare: ['llamacpp:kv_cache_usage_ratio'],
      promptTokens: ['llamacpp:prompt_tokens_total'],
      generatedTokens: ['llamacpp:tokens_predicted_total'],
    },
    compared: {
      outputTokens: 'llamacpp:tokens_predicted_total',
    },
  },
}

/** The server that has metrics of these names; `null` for none that is known. */
export function presetOf(names: Iterable<string>): PresetName | null {
  const presets = Object.entries(SERVER_PRESETS) as [PresetName, ServerPreset][]
  for (const name of names) {
    const found = presets.find(([, { prefix }]) => name.startsWith(prefix))
    if (found !== undefined) return found[0]
  }
  return null
}
