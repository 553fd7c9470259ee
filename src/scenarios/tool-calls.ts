import { argumentsOf, fieldsOf, inner, objectsOf, parseFields, textOf } from './dialects/fields.ts'
import { SseParser } from './sse-parser.ts'

/** A function that a model wants called. */
export interface ToolCall {
  /** What the answer to it refers to: `{ role: 'tool', tool_call_id: id, content }`. */
  readonly id: string
  readonly name: string
  /** JSON, as the model wrote it: it may be wrong. */
  readonly arguments: string
}

/** The calls of tools in the whole body of a chat's answer, streamed or not, in their order; of its first choice. */
export function toolCallsIn(body: string): readonly ToolCall[] {
  const calls = new Map<number, ToolCall>()
  const add = (json: string): void => {
    const choice = objectsOf(parseFields(json)?.['choices'])[0]
    const message = fieldsOf(choice?.['delta'] ?? choice?.['message'])
    objectsOf(message?.['tool_calls']).forEach((part, i) => {
      const index = typeof part['index'] === 'number' ? part['index'] : i
      const known = calls.get(index) ?? { id: '', name: '', arguments: '' }
      const called = inner(part, 'function')
      calls.set(index, {
        id: textOf(part['id']) || known.id,
        name: known.name + textOf(called['name']),
        arguments: known.arguments + argumentsOf(called['arguments']),
      })
    })
  }
  if (body.trimStart().startsWith('{')) add(body)
  else {
    const events = new SseParser({ event: add, stray: () => {}, tooLong: () => {} })
    events.push(Buffer.from(body))
    events.end()
  }
  return [...calls.entries()].sort(([a], [b]) => a - b).map(([, call]) => call)
}
