import type { Observation } from '../domain/observation.ts'
import type { ModelResponse } from '../scenarios/module.ts'
import type { RequestRun } from './request-run.ts'

/** The answer to a request as scenario modules see it. */
export function responseOf(
  { status, headers, reader }: RequestRun,
  { request, failure, inputTokens, outputTokens }: Observation,
): ModelResponse {
  const flat = Object.entries(headers).map(([name, value]) => [
    name.toLowerCase(),
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ])
  return {
    name: request,
    status,
    headers: Object.fromEntries(flat) as Record<string, string>,
    ok: failure === null,
    failure,
    content: reader.visibleText(),
    inputTokens,
    outputTokens,
    text: () => reader.text(),
    json: () => JSON.parse(reader.text()) as unknown,
  }
}
