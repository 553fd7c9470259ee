import type { Labels } from '../domain/metric-selector.ts'

/** What a metric is, whatever the letter that its client sent. */
export type StatsdKind = 'counter' | 'gauge' | 'values' | 'set'

/** One line of a packet. */
export interface StatsdEvent {
  /** Name and tags as they were sent: the same text names the same series. */
  readonly key: string
  readonly kind: StatsdKind
  /** As sent: a gauge's sign makes it a change, a set counts any text. */
  readonly values: readonly string[]
  /** How many events each value stands for: 1 / sample rate. */
  readonly weight: number
}

const KINDS: Readonly<Record<string, StatsdKind>> = {
  c: 'counter',
  m: 'counter',
  g: 'gauge',
  ms: 'values',
  h: 'values',
  d: 'values',
  s: 'set',
}
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i

/**
 * Reads one line of StatsD, with DogStatsD's tags and packed values: `name:1:2|ms|@0.5|#model:a,cold`. Events and service
 * checks of DogStatsD are `'other'`; what is no line of either is `null`.
 * @see https://github.com/statsd/statsd/blob/master/docs/metric_types.md
 * @see https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/
 */
export function readStatsdLine(line: string): StatsdEvent | 'other' | null {
  if (/^_e\{|^_sc\|/.test(line)) return 'other'
  const colon = line.indexOf(':')
  const [valueText = '', letter = '', ...rest] = line.slice(colon + 1).split('|')
  const kind = Object.hasOwn(KINDS, letter) ? KINDS[letter]! : null
  if (colon <= 0 || kind === null) return null
  let weight = 1
  let tags = ''
  for (const part of rest) {
    if (part.startsWith('@')) weight = 1 / Number(part.slice(1))
    else if (part.startsWith('#')) tags = part
  }
  const values = kind === 'set' ? [valueText] : valueText.split(':')
  const sound = kind === 'set' ? valueText !== '' : values.every((value) => NUMBER.test(value))
  // A rate is over 0 and at most 1.
  if (!sound || !(weight >= 1 && Number.isFinite(weight))) return null
  return {
    key: `${line.slice(0, colon)}|${tags}`,
    kind,
    values,
    weight: kind === 'gauge' || kind === 'set' ? 1 : weight,
  }
}

/** Name and tags of a key; a tag without a value is the empty text. */
export function seriesOfKey(key: string): { readonly name: string; readonly labels: Labels } {
  const [name = '', tags = ''] = key.split('|')
  const labels = tags
    .slice(1)
    .split(',')
    .filter((tag) => tag !== '')
    .map((tag): [string, string] => {
      const colon = tag.indexOf(':')
      return colon < 0 ? [tag, ''] : [tag.slice(0, colon), tag.slice(colon + 1)]
    })
  return { name, labels: Object.fromEntries(labels) }
}
