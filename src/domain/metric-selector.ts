import { LoadError } from './load-error.ts'
import { describe } from './quantity.ts'

/** Labels (Prometheus) or tags (DogStatsD) of one series. */
export type Labels = Readonly<Record<string, string>>

/**
 * Which series of a target are meant, as PromQL writes it: a name, in which `*` stands for any characters, and conditions
 * on labels: `requests.model.*.output_tokens`, `http_requests_total{handler="/v1",status=~"5.."}`.
 */
export interface MetricSelector {
  /** As it was written. */
  readonly text: string
  matches(name: string, labels: Labels): boolean
}

type LabelMatcher = (labels: Labels) => boolean

const SELECTOR = /^([^{}\s]+)\s*(?:\{(.*)\})?$/s
const CONDITION = /\s*([^\s=!~{},"]+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/sy

/**
 * Reads a selector. A label that a series lacks is the empty text, and patterns must match all of a value, as in PromQL.
 * @throws LoadError `invalid-option` naming `option`
 * @see https://prometheus.io/docs/prometheus/latest/querying/basics/#instant-vector-selectors
 */
export function metricSelector(option: string, text: unknown): MetricSelector {
  const [, name, conditions = ''] = typeof text === 'string' ? (SELECTOR.exec(text.trim()) ?? []) : []
  const matchers = name === undefined ? null : labelMatchers(conditions)
  if (name === undefined || matchers === null) {
    throw new LoadError(
      'invalid-option',
      `${option}: got ${describe(text)}, takes the name of a metric, with labels where they matter: 'requests_total{status=~"5.."}'`,
    )
  }
  const isName = name.includes('*') ? pattern(name.split('*').map(escaped).join('.*')) : null
  return {
    text: String(text).trim(),
    matches: (of, labels) =>
      (isName === null ? of === name : isName.test(of)) && matchers.every((matches) => matches(labels)),
  }
}

/** `null` for what is no list of conditions. */
function labelMatchers(text: string): readonly LabelMatcher[] | null {
  const matchers: LabelMatcher[] = []
  const rest = new RegExp(CONDITION)
  while (rest.lastIndex < text.trimEnd().length) {
    const found = rest.exec(text)
    if (found === null) return null
    const [, label, operator, quoted] = found as unknown as [string, string, string, string]
    const matches = valueMatcher(
      operator,
      quoted.replace(/\\(.)/gs, (_, char: string) => (char === 'n' ? '\n' : char)),
    )
    if (matches === null) return null
    matchers.push((labels) => matches(Object.hasOwn(labels, label) ? labels[label]! : ''))
  }
  return matchers
}

function valueMatcher(operator: string, value: string): ((text: string) => boolean) | null {
  if (operator === '=') return (text) => text === value
  if (operator === '!=') return (text) => text !== value
  try {
    const whole = pattern(value)
    return (text) => whole.test(text) === (operator === '=~')
  } catch {
    return null
  }
}

function pattern(source: string): RegExp {
  return new RegExp(`^(?:${source})$`, 's')
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
