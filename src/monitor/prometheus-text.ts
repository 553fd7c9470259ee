/**
 * Reads Prometheus' text format 0.0.4 and OpenMetrics 1.0, which differ in little: names of counters' families, exemplars,
 * and `# EOF`. Lines that are neither are counted and left out: one bad line does not cost the others.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
import type { Labels } from '../domain/metric-selector.ts'

/** One line of an exposition. */
export interface ScrapedSample {
  /** The series as it was written: the same text names the same series. */
  readonly key: string
  readonly name: string
  readonly labels: Labels
  readonly value: number
}

/** What a family is; `untyped` where nothing tells. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped'

/** What one scrape told. */
export interface Exposition {
  readonly samples: readonly ScrapedSample[]
  /** By name of the family. */
  readonly types: ReadonlyMap<string, MetricType>
  /** Lines that could not be read, and the first of them. */
  readonly badLines: number
  readonly firstBadLine: string
}

const TYPE_LINE = /^#\s+TYPE\s+(?:"((?:[^"\\]|\\.)*)"|(\S+))\s+(\w+)/
const NAME = /^([a-z_:][\w:.-]*)\s*(?=\{|$)/i
const LABEL = /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s=,{}"]+))\s*(?:=\s*"((?:[^"\\]|\\.)*)"\s*)?(?:,|(?=\}))/sy
/** What follows the value is a timestamp, an exemplar, or both: neither is looked at. */
const VALUE = /\s*([^\s#]+)(?:\s+[-+]?[\d.]+(?:e[-+]?\d+)?)?\s*(?:#.*)?$/isy
const TYPES: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'summary'])

/** Series are the same from scrape to scrape: what was read of one is kept by its text. */
export type SeriesCache = Map<string, { readonly name: string; readonly labels: Labels }>

/** Reads what an endpoint tells. @param known series of earlier scrapes; grows by those of this one */
export function readExposition(text: string, known: SeriesCache = new Map()): Exposition {
  const samples: ScrapedSample[] = []
  const types = new Map<string, MetricType>()
  let badLines = 0
  let firstBadLine = ''
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    if (line === '') continue
    if (line.startsWith('#')) {
      const [, quoted, name, type = ''] = TYPE_LINE.exec(line) ?? []
      const family = quoted === undefined ? name : unescaped(quoted)
      if (family !== undefined) types.set(family, TYPES.has(type) ? (type as MetricType) : 'untyped')
      continue
    }
    const sample = readSample(line, known)
    if (sample !== null) samples.push(sample)
    else if (badLines++ === 0) firstBadLine = line
  }
  return { samples, types, badLines, firstBadLine }
}

function readSample(line: string, known: SeriesCache): ScrapedSample | null {
  const end = endOfSeries(line)
  if (end === null) return null
  const key = line.slice(0, end)
  let series = known.get(key)
  if (series === undefined) {
    const read = readSeries(key)
    if (read === null) return null
    known.set(key, (series = read))
  }
  VALUE.lastIndex = end
  const value = numberOf(VALUE.exec(line)?.[1])
  return value === null ? null : { key, ...series, value }
}

/** Where name and labels end and the value begins; quoted text may hold anything. */
function endOfSeries(line: string): number | null {
  const brace = line.indexOf('{')
  const space = line.search(/\s/)
  if (brace < 0 || (space >= 0 && space < brace && !/^\s*\{/.test(line.slice(space)))) return space < 0 ? null : space
  let quoted = false
  for (let i = brace + 1; i < line.length; i++) {
    const char = line[i]
    if (quoted && char === '\\') i++
    else if (char === '"') quoted = !quoted
    else if (!quoted && char === '}') return i + 1
  }
  return null
}

function readSeries(text: string): { readonly name: string; readonly labels: Labels } | null {
  let name = NAME.exec(text)?.[1] ?? null
  const open = text.indexOf('{')
  if (name === null && open !== 0) return null
  if (open < 0) return { name: name!, labels: {} }
  // Entries and no object to be filled: a label may be called __proto__.
  const labels: [string, string][] = []
  LABEL.lastIndex = open + 1
  while (/^\s*\}$/.exec(text.slice(LABEL.lastIndex)) === null) {
    const found = LABEL.exec(text)
    if (found === null) return null
    const [, quoted, plain, value] = found
    const label = quoted === undefined ? plain! : unescaped(quoted)
    if (value !== undefined) labels.push([label, unescaped(value)])
    // A name that is no identifier stands quoted among the labels.
    else if (name === null && quoted !== undefined) name = label
    else return null
  }
  return name === null ? null : { name, labels: Object.fromEntries(labels) }
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/gs, (_, char: string) => (char === 'n' ? '\n' : char)) : text
}

function numberOf(text: string | undefined): number | null {
  if (text === undefined) return null
  if (/^nan$/i.test(text)) return Number.NaN
  const infinite = /^([-+]?)inf(?:inity)?$/i.exec(text)
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity
  const value = Number(text)
  return Number.isNaN(value) ? null : value
}

const SUFFIXES: Readonly<Partial<Record<MetricType, RegExp>>> = {
  counter: /_(?:total|created)$/,
  histogram: /_(?:bucket|count|sum|created)$/,
  summary: /_(?:count|sum|created)$/,
}

/** The family of a sample, by name, and its type. */
export function familyOf(
  name: string,
  types: ReadonlyMap<string, MetricType>,
): { readonly family: string; readonly type: MetricType } {
  const own = types.get(name)
  if (own !== undefined) return { family: name, type: own }
  for (const [type, suffix] of Object.entries(SUFFIXES) as [MetricType, RegExp][]) {
    const family = name.replace(suffix, '')
    if (family !== name && types.get(family) === type) return { family, type }
  }
  return { family: name, type: 'untyped' }
}
