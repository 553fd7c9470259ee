/*
 * Stages are named by paths: `clone/encode` is a part of `clone`, which is a part of the latency. What was worked out
 * instead of measured says so in its name, so that the two are never one distribution.
 */

/** Last part of what is left of a stage (or, alone, of the latency) when its parts are taken off. */
export const REST = '(rest)'
/** Last part of how much longer the parts of a stage are than the stage: they overlap, or a unit is wrong. */
export const OVERLAP = '(overlap)'
const INFERRED = ' (inferred)'

/** The client's own stages of a request that opens a connection. */
export const CONNECT_STAGES: ReadonlySet<string> = new Set(['dns', 'connect', 'tls'])

export const STAGE_PATH_FORM = "takes a name without parentheses, or a path of names such as 'clone/encode'"

/** Whether a text may name a stage. */
export function isStagePath(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= 200 &&
    /^[^/()\s](?:[^/()]*[^/()\s])?(?:\/[^/()\s](?:[^/()]*[^/()\s])?)*$/.test(value)
  )
}

/** The name of a stage that nobody measured: `clone (inferred)`. */
export function inferredName(path: string): string {
  return path + INFERRED
}

/** True for what was worked out, not measured: inferred stages, rests and overlaps. */
export function isInferred(name: string): boolean {
  return name.endsWith(INFERRED) || [REST, OVERLAP].includes(lastPart(name))
}

/** The path without the mark of inference. */
export function stagePath(name: string): string {
  return name.endsWith(INFERRED) ? name.slice(0, -INFERRED.length) : name
}

/** The path of the stage that a stage is a part of; empty for a part of the latency itself. */
export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** `encode` of `clone/encode`. */
export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** A part of a path below a parent, the empty one included. */
export function below(parent: string, part: string): string {
  return parent === '' ? part : `${parent}/${part}`
}
