import { randomUUID } from 'node:crypto'
import { LoadError } from '../domain/load-error.ts'
import type { DataRows } from '../domain/scenario.ts'

/**
 * What templates may name beside the columns of a row, new for each request: `{{$iteration}}`, its number in the load
 * from 0; `{{$user}}`, the number of its user from 0; `{{$uuid}}`, a random one (the same wherever a request names it).
 */
const LIVE_VALUES = ['$iteration', '$user', '$uuid'] as const

const NAMED = /\{\{[^}]*\$(?:iteration|user|uuid)\b/

/** True for a template that may render differently for each request of one row. */
export function namesLiveValue(template: string): boolean {
  return NAMED.test(template)
}

/** True for a name that is no column's. */
export function isLiveValue(name: string): boolean {
  return (LIVE_VALUES as readonly string[]).includes(name)
}

/**
 * A row with what this request adds to it.
 * @param i number of the row, for messages
 * @throws LoadError `invalid-option` when a column has one of these names
 */
export function liveRow(where: string, row: DataRows[number], i: number, k: number, user: number): DataRows[number] {
  const taken = LIVE_VALUES.find((name) => name in row)
  if (taken !== undefined) {
    throw new LoadError(
      'invalid-option',
      `${where}: option data: row ${i} has a column ${taken}, which is what templates call a value of the load itself`,
      { hint: 'give the column another name' },
    )
  }
  return { ...row, $iteration: k, $user: user, $uuid: randomUUID() }
}
