import type { Observation } from '../domain/observation.ts'
import type { ModelResponse } from '../scenarios/module.ts'
import { type ToolCall, toolCallsIn } from '../scenarios/tool-calls.ts'
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
  let calls: readonly ToolCall[] | null = null
  // Read from the kept body only when asked for: most answers call nothing.
  const toolCalls = (): readonly ToolCall[] => (calls ??= toolCallsIn(reader.text()))
  return {
    name: request,
    status,
    headers: Object.fromEntries(flat) as Record<string, string>,
    ok: failure === null,
    failure,
    content: reader.visibleText(),
    get toolCalls() {
      return toolCalls()
    },
    get message() {
      return assistantMessage(reader.visibleText(), toolCalls())
    },
    inputTokens,
    outputTokens,
    text: () => reader.text(),
    json: () => JSON.parse(reader.text()) as unknown,
  }
}

function assistantMessage(content: string, calls: readonly ToolCall[]): ModelResponse['message'] {
  if (calls.length === 0) return { role: 'assistant', content }
  return {
    role: 'assistant',
    content: content === '' ? null : content,
    tool_calls: calls.map(({ id, name, arguments: given }) => ({
      id,
      type: 'function',
      function: { name, arguments: given },
    })),
  }
}
