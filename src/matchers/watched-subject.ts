import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import type { WatchedData, WatchedResource } from '../domain/resource.ts'
import type { TimeSpan } from '../measure/gaps.ts'
import { partsOf } from '../measure/gaps.ts'
import type { Subject } from './subject.ts'

/** Which of the watched resources a claim is about. */
export interface OfOptions {
  /**
   * `'host'`, `'process'` and other kinds when one alone is watched, or the name of one: `'port 8000'`, `'gpu 0'`, a GPU's
   * UUID, or what `as` called it.
   * @default the only one that is watched; of GPUs every one
   */
  readonly of?: 'host' | 'process' | 'gpu' | 'container' | (string & {})
}

export type WatchedKind = WatchedResource['kind']

/** How the option `monitors` names what a claim needs. */
const DECLARATIONS: Readonly<Record<WatchedKind, string>> = {
  host: 'host: true',
  process: 'process: service',
  gpu: 'gpu: true',
  metrics: 'prometheus: url',
  container: "container: 'name'",
}
const HINTS: Readonly<Partial<Record<WatchedKind, string>>> = {
  process: ' with the result of server(), a pid, { name } or { port }',
}

/**
 * The one resource that a claim is about.
 * @param kinds which it may be
 * @throws LoadError `not-measured` when it was not watched, `invalid-option` when it is not clear which is meant
 */
export function watchedOf(
  matcher: string,
  subject: Subject,
  of: unknown,
  kinds: readonly [WatchedKind, ...WatchedKind[]],
): WatchedData {
  const all = subject.data.watched.filter(({ kind }) => kinds.includes(kind))
  const named = all.filter((watched) => of === undefined || isCalled(watched, of))
  if (named.length === 1) return named[0]!
  const names = all.map(({ name }) => `'${name}'`).join(', ')
  if (of !== undefined && typeof of !== 'string') {
    throw new LoadError('invalid-option', `${matcher}({ of }): got ${describe(of)}, takes 'host', 'process' or a name`)
  }
  if (named.length > 1) {
    throw new LoadError('invalid-option', `${matcher}({ of }): got ${describe(of)}, takes one of ${names}`, {
      hint: 'several are watched: say which one is meant',
    })
  }
  throw notWatched(matcher, of, all, kinds)
}

/** Whether it goes by this name, or is the kind. */
export function isCalled(watched: WatchedData, of: unknown): boolean {
  return watched.name === of || watched.kind === of || (of !== undefined && watched.gpu?.uuid === of)
}

/** @param kinds what the claim could be about */
export function notWatched(
  matcher: string,
  of: unknown,
  all: readonly WatchedData[],
  kinds: readonly [WatchedKind, ...WatchedKind[]],
): LoadError {
  const [kind, another] = kinds
  const nothing = another === undefined ? `no ${kind === 'gpu' ? 'GPU' : kind}` : 'nothing'
  const what = of === undefined ? `${nothing} was watched` : `${describe(of)} was not watched`
  const names = all.map(({ name }) => `'${name}'`).join(', ')
  const declared = kinds.map((one) => DECLARATIONS[one]).join(', ')
  return new LoadError('not-measured', `${matcher}: ${what}${names === '' ? '' : `; watched: ${names}`}`, {
    hint: `declare it: load(scenario, { ..., monitors: { ${declared} } })${kinds.map((one) => HINTS[one] ?? '').join('')}`,
  })
}

/** Where the windows of what is judged lie, without gaps. A resource has no requests of one name. @throws LoadError */
export function windowsOf(matcher: string, subject: Subject): readonly TimeSpan[] {
  const { data, step, steps } = subject
  if (step === null && subject.series !== data.series) {
    throw new LoadError('not-measured', `${matcher}: got${subject.of}, takes a whole load or a step`, {
      hint: 'a machine works for all requests at once: give these requests a load of their own',
    })
  }
  const windows = step === null ? (steps.length > 0 ? steps : data.steps) : [step]
  return windows.flatMap((window) => partsOf(window, data.gaps))
}
