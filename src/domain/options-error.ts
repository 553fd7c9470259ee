import { type DataProblem, LoadError } from './load-error.ts'
import { describe } from './quantity.ts'
import { isSecretName } from './secret-name.ts'

/** One problem that a schema found; the shape of zod's issues. */
export interface OptionIssue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  /** Starts with `takes ` where the schema's author wrote it. */
  readonly message: string
  readonly keys?: readonly string[]
  /** Of a union: what each branch found. */
  readonly errors?: readonly (readonly OptionIssue[])[]
}

/**
 * Turns what a schema found into one `invalid-option` error: a line per problem with the path into the data, the value
 * found there and what is allowed.
 * @param where which call the options came from, e.g. `http.get(url, options)`
 * @param known names of the options at the top level, shown when there is an unknown one
 */
export function optionsError(
  where: string,
  issues: readonly OptionIssue[],
  input: unknown,
  known: readonly string[] = [],
): LoadError {
  const problems = issues
    .flatMap((issue) => problemsOf(issue, [], input))
    .map(({ path, message }) => ({ path, message: `${where}: ${message}` }))
  const unknownAtTop = issues.some((issue) => issue.code === 'unrecognized_keys' && issue.path.length === 0)
  return new LoadError('invalid-option', problems.map(({ message }) => message).join('\n'), {
    problems,
    ...(unknownAtTop && known.length > 0 ? { hint: `options here are ${known.join(', ')}` } : {}),
  })
}

function problemsOf(issue: OptionIssue, prefix: readonly PropertyKey[], input: unknown): DataProblem[] {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => ({
      path: [...path, key],
      message: `unknown option ${pathText([...path, key])}: got ${shown(valueAt(input, [...path, key]), [key])}`,
    }))
  }
  if (issue.code === 'invalid_union' && issue.errors !== undefined && issue.errors.length > 0) {
    // The branch with the fewest complaints below the value itself is the one that the user meant.
    const deeper = issue.errors.filter((branch) =>
      branch.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
    )
    if (deeper.length === 0 && issue.message.startsWith('takes ')) return [problem(path, input, issue.message)]
    const closest = (deeper.length > 0 ? deeper : issue.errors).toSorted((a, b) => a.length - b.length)[0]!
    return closest.flatMap((inner) => problemsOf(inner, path, input))
  }
  return [problem(path, input, allowed(issue.message))]
}

function problem(path: readonly PropertyKey[], input: unknown, takes: string): DataProblem {
  const named = path.length === 0 ? 'the options' : `option ${pathText(path)}`
  return { path, message: `${named}: got ${shown(valueAt(input, path), path)}, ${takes}` }
}

/** A text under the name of a secret is one. */
function shown(value: unknown, path: readonly PropertyKey[]): string {
  return typeof value === 'string' && isSecretName(String(path.at(-1) ?? '')) ? "'[redacted]'" : describe(value)
}

function allowed(message: string): string {
  if (message.startsWith('takes ')) return message
  const text = message.replace(/^Invalid input: expected /, '')
  return `takes ${text.charAt(0).toLowerCase()}${text.slice(1)}`
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  )
}
