import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import type { WatchedData } from '../domain/resource.ts'
import type { TimeSpan } from '../measure/gaps.ts'
import { partsOf } from '../measure/gaps.ts'
import type { Subject } from './subject.ts'

/** Which of the watched resources a claim is about. */
export interface OfOptions {
  /**
   * `'host'`, `'process'` when one alone is watched, or the name of one: `'port 8000'`, or what `as` called it.
   * @default the only one that is watched
   */
  readonly of?: 'host' | 'process' | (string & {})
}

/** @throws LoadError `not-measured` when it was not watched, `invalid-option` when it is not clear which is meant */
export function watchedOf(matcher: string, { data }: Subject, of: unknown, kind?: WatchedData['kind']): WatchedData {
  const all = data.watched.filter((watched) => kind === undefined || watched.kind === kind)
  const named = all.filter((watched) => of === undefined || watched.name === of || watched.kind === of)
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
  const what = of === undefined ? (kind === 'process' ? 'no process' : 'nothing') : describe(of)
  throw new LoadError(
    'not-measured',
    `${matcher}: ${what} was ${of === undefined ? 'watched' : 'not watched'}${names === '' ? '' : `; watched: ${names}`}`,
    {
      hint: `declare it: load(scenario, { ..., monitors: { ${kind === 'process' ? '' : 'host: true, '}process: service } }) with the result of server(), a pid, { name } or { port }`,
    },
  )
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
