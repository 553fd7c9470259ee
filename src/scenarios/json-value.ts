import * as z from 'zod'

/** What in a value is no JSON, with the path to it. */
export interface JsonProblem {
  readonly path: readonly (string | number)[]
  readonly value: unknown
}

/**
 * The first part of a value that JSON cannot carry: functions, symbols, big integers, NaN and infinities, cycles,
 * bytes, class instances without `toJSON`. Members that are `undefined` are left out, as `JSON.stringify` does.
 * @returns `null` when all of it is JSON
 */
export function jsonProblem(
  value: unknown,
  path: readonly (string | number)[] = [],
  above: ReadonlySet<object> = new Set(),
): JsonProblem | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return null
  if (typeof value === 'number') return Number.isFinite(value) ? null : { path, value }
  if (typeof value !== 'object' || above.has(value) || ArrayBuffer.isView(value)) return { path, value }
  if ('toJSON' in value && typeof value.toJSON === 'function') return null
  const list = Array.isArray(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!list && prototype !== null && Object.getPrototypeOf(prototype) !== null) return { path, value }
  const within = new Set(above).add(value)
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined && !list) continue
    const problem = jsonProblem(inner, [...path, list ? Number(key) : key], within)
    if (problem) return problem
  }
  return null
}

/** Refuses what JSON cannot carry, naming the path to it. */
export function refineJson(value: unknown, context: z.core.$RefinementCtx): void {
  const problem = jsonProblem(value)
  if (problem) context.addIssue({ code: 'custom', path: [...problem.path], message: 'takes JSON data' })
}

/** Any JSON value. */
export const jsonValue: z.ZodType = z.unknown().superRefine(refineJson)
