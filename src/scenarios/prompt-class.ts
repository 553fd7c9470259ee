import { LoadError } from '../domain/load-error.ts'
import { MOST_CLASSES, tooManyClasses } from '../domain/prompt-class.ts'
import type { DataRows, RequestPlan } from '../domain/scenario.ts'
import { namesLiveValue } from './live-values.ts'
import { compileJson } from './template.ts'

const LONGEST_NAME = 200

/** The class of each row's prompt, in words that results are split by; filled in when it is first asked for. */
export type ClassOfRow = (row: DataRows[number], i: number) => string

/**
 * Compiles the option `promptClass`.
 * @throws LoadError `invalid-option`; so does what it returns, for a row whose class is no name
 */
export function compileClass(where: string, template: string): ClassOfRow {
  const option = `${where}: option promptClass`
  if (namesLiveValue(template)) {
    throw new LoadError('invalid-option', `${option}: '${template}' is new in each request, takes columns of the data`)
  }
  const fill = compileJson(option, template)
  return (row, i) => {
    const value = fill(row, i)
    const name = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
    if (typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME) return name
    throw new LoadError(
      'invalid-option',
      `${option}: '${template}' gives ${JSON.stringify(value)?.slice(0, 100)} in row ${i} of the data, takes a name of 1 to ${LONGEST_NAME} characters`,
    )
  }
}

/**
 * Looks at the class of every row, so that a load with too many never starts.
 * @throws LoadError `invalid-option`
 */
export function checkClasses(
  where: string,
  { promptClass, dataOrder }: Pick<RequestPlan, 'promptClass' | 'dataOrder'>,
  rows: DataRows,
): void {
  if (promptClass === undefined) return
  if (dataOrder === 'unique') {
    throw new LoadError(
      'invalid-option',
      `${where}: option promptClass: takes no dataOrder 'unique': which row a request that was never sent had would not be known, and it counts in its class`,
    )
  }
  const classOf = compileClass(where, promptClass)
  const names = new Set<string>()
  rows.forEach((row, i) => {
    const name = classOf(row, i)
    if (names.add(name).size > MOST_CLASSES)
      throw tooManyClasses(`${where}: option promptClass: '${promptClass}'`, name)
  })
}
