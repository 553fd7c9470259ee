import type { Baseline, LoadRecord, RecordedMetric, RecordedMetrics, RunRecord } from '../domain/history.ts'
import type { SpecId } from '../domain/spec-id.ts'
import { readJson } from './atomic-file.ts'
import { migrated } from './run-migration.ts'

/** Hint for files of a later version of this package. */
export const NEWER = 'it was written by a newer vitest-perf; update this one to read it'

/** A stored document of a known schema, or why there is none. */
export type Stored<T> =
  | { readonly state: 'missing' }
  | { readonly state: 'read'; readonly value: T }
  | { readonly state: 'corrupt'; readonly reason: string }
  /** Another version of the schema: refused and left untouched. */
  | { readonly state: 'unknown-schema'; readonly schema: string }

/** Reads one file of history. @throws LoadError `store-failed` when the disk cannot be read */
export async function readRun(path: string): Promise<Stored<RunRecord>> {
  const file = await readJson(path)
  return file.state === 'read' ? runOf(file.value) : file
}

/** A run as it was stored, in the present schema: what older versions wrote is brought up to it, and stays as it is on disk. */
export function runOf(document: unknown): Stored<RunRecord> {
  return checkSchema(migrated(document), 'perf/run@2', isRun)
}

/** Reads one baseline. @throws LoadError `store-failed` when the disk cannot be read */
export async function readBaseline(path: string): Promise<Stored<Baseline>> {
  const file = await readJson(path)
  return file.state === 'read' ? baselineFrom(file.value) : file
}

/** A baseline as it was stored. */
export function baselineFrom(document: unknown): Stored<Baseline> {
  return checkSchema(document, 'perf/baseline@1', isBaseline)
}

/**
 * Tells a document of exactly this schema from one of another version and from damage.
 * @param isValid must vouch for everything that `T` promises and code relies on
 */
export function checkSchema<T>(document: unknown, schema: string, isValid: (fields: Fields) => boolean): Stored<T> {
  const fields = fieldsOf(document)
  const found = fields?.['schema']
  if (fields === null || typeof found !== 'string') return { state: 'corrupt', reason: 'it names no schema' }
  if (found !== schema) {
    const kin = found.startsWith(schema.slice(0, schema.indexOf('@') + 1))
    return kin ? { state: 'unknown-schema', schema: found } : { state: 'corrupt', reason: `its schema is '${found}'` }
  }
  return isValid(fields)
    ? { state: 'read', value: document as T }
    : { state: 'corrupt', reason: `parts of ${schema} are missing` }
}

/** An object of unknown content. */
export type Fields = Readonly<Record<string, unknown>>

/** The value as an object; `null` for everything else, lists included. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

/** True for a {@link SpecId}. */
export function isSpecId(value: unknown): value is SpecId {
  const id = fieldsOf(value)
  return (
    id !== null &&
    typeof id['file'] === 'string' &&
    typeof id['label'] === 'string' &&
    isListOf(id['path'], (part) => typeof part === 'string')
  )
}

/** True for a fingerprint. */
export function isFingerprint(value: unknown): boolean {
  const fingerprint = fieldsOf(value)
  return (
    typeof fingerprint?.['hardHash'] === 'string' &&
    fieldsOf(fingerprint['hard']) !== null &&
    fieldsOf(fingerprint['soft']) !== null
  )
}

/**
 * Metrics as files hold them: without values that JSON cannot hold (`NaN`, infinity), because an unknown number is absent
 * and never `null` or 0.
 * @param digits significant digits to round to; all of them when absent
 */
export function storableMetrics(metrics: RecordedMetrics, digits?: number): RecordedMetrics {
  const storable = (value: number): number => (digits === undefined ? value : Number(value.toPrecision(digits)))
  const bound = (value: number | null): number | null =>
    value !== null && Number.isFinite(value) ? storable(value) : null
  const entries = (Object.entries(metrics) as [string, RecordedMetric][]).filter(([, metric]) =>
    Number.isFinite(metric.value),
  )
  return Object.fromEntries(
    entries.map(([id, { value, lower, upper, n }]) => [
      id,
      { value: storable(value), lower: bound(lower), upper: bound(upper), n },
    ]),
  )
}

function isRun(run: Fields): boolean {
  return typeof run['runId'] === 'string' && fieldsOf(run['source']) !== null && isListOf(run['loads'], isLoadRecord)
}

const STATUSES: readonly unknown[] = ['passed', 'failed', 'invalid', 'aborted'] satisfies LoadRecord['status'][]
const ORIGINS: readonly unknown[] = ['measured', 'imported'] satisfies LoadRecord['origin'][]

function isLoadRecord(value: unknown): boolean {
  const load = fieldsOf(value)
  return (
    load !== null &&
    typeof load['loadId'] === 'string' &&
    isSpecId(load['specId']) &&
    STATUSES.includes(load['status']) &&
    isDate(load['startedAt']) &&
    isFingerprint(load['fingerprint']) &&
    isMetrics(load['metrics']) &&
    ORIGINS.includes(load['origin']) &&
    isListOf(load['stages'], isStage) &&
    (load['samples'] === undefined || isListOf(load['samples'], isSample))
  )
}

function isStage(value: unknown): boolean {
  const stage = fieldsOf(value)
  return (
    typeof stage?.['name'] === 'string' && typeof stage['meanUs'] === 'number' && typeof stage['depth'] === 'number'
  )
}

function isSample(value: unknown): boolean {
  return typeof fieldsOf(value)?.['value'] === 'number'
}

function isBaseline(baseline: Fields): boolean {
  const runs = baseline['runs']
  return (
    isSpecId(baseline['specId']) &&
    typeof baseline['name'] === 'string' &&
    isFingerprint(baseline['fingerprint']) &&
    isDate(baseline['acceptedAt']) &&
    isListOf(runs, isBaselineRun) &&
    (runs as unknown[]).length > 0
  )
}

function isBaselineRun(value: unknown): boolean {
  const run = fieldsOf(value)
  return run !== null && typeof run['runId'] === 'string' && isDate(run['startedAt']) && isMetrics(run['metrics'])
}

function isMetrics(value: unknown): value is RecordedMetrics {
  const metrics = fieldsOf(value)
  return metrics !== null && Object.values(metrics).every(isMetric)
}

function isMetric(value: unknown): value is RecordedMetric {
  const metric = fieldsOf(value)
  return (
    metric !== null &&
    typeof metric['value'] === 'number' &&
    typeof metric['n'] === 'number' &&
    isNumberOrNull(metric['lower']) &&
    isNumberOrNull(metric['upper'])
  )
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || typeof value === 'number'
}

function isDate(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value))
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem)
}
