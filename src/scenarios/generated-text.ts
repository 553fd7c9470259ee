import { GrowingText } from './growing-text.ts'

/** The fields of an object that came from outside. */
export type Fields = Readonly<Record<string, unknown>>

/** The value as an object with fields, or `null`. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null ? (value as Fields) : null
}

/** Collects what a model generated from the choices of chunks and whole answers, in the chat and completion dialects. */
export class GeneratedText {
  /** Content that a user sees. */
  readonly visible: GrowingText = new GrowingText()
  /** Reasoning and tool calls. */
  readonly hidden: GrowingText = new GrowingText()
  /** A `finish_reason` was given. */
  finishReason: string | null = null

  /** Adds a text that is known to be all that a chunk generated. */
  append(kind: 'hidden' | 'visible', text: string): void {
    this[kind].append(text)
  }

  /** Adds the choices of one chunk or answer. @returns whether they hold anything generated, and whether it is visible */
  add(choices: unknown): 'nothing' | 'hidden' | 'visible' {
    if (!Array.isArray(choices)) return 'nothing'
    const visible = this.visible.length
    let generated = false
    for (const item of choices) {
      const choice = fieldsOf(item)
      if (choice === null) continue
      if (typeof choice['finish_reason'] === 'string') this.finishReason = choice['finish_reason']
      this.visible.append(textOf(choice['text']))
      const message = fieldsOf(choice['delta'] ?? choice['message'])
      if (message !== null && this.#addMessage(message)) generated = true
    }
    if (this.visible.length > visible) return 'visible'
    return generated ? 'hidden' : 'nothing'
  }

  #addMessage(message: Fields): boolean {
    this.visible.append(textOf(message['content']) + textOf(message['refusal']))
    // Some servers send the reasoning under both names.
    const hidden =
      (textOf(message['reasoning']) || textOf(message['reasoning_content'])) +
      callText(message['tool_calls']) +
      functionText(message['function_call'])
    this.hidden.append(hidden)
    return hidden !== '' || textOf(fieldsOf(message['audio'])?.['data']) !== ''
  }
}

/** A text, or the texts of content parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => textOf(fieldsOf(part)?.['text'])).join('')
}

function callText(calls: unknown): string {
  return Array.isArray(calls) ? calls.map((call) => functionText(fieldsOf(call)?.['function'])).join('') : ''
}

function functionText(call: unknown): string {
  const fields = fieldsOf(call)
  return fields === null ? '' : textOf(fields['name']) + textOf(fields['arguments'])
}
