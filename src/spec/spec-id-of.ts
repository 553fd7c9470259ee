import { relative, sep } from 'node:path'
import type { RunnerTestCase } from 'vitest'
import type { SpecId } from '../domain/spec-id.ts'

/** The spec id of a test: its file relative to the root, its suites, its name. */
export function specIdOf(task: Readonly<RunnerTestCase>, root: string, label: string): SpecId {
  const path = [task.name]
  for (let suite = task.suite; suite !== undefined; suite = suite.suite) {
    if (suite.name !== '' && suite !== task.file) path.unshift(suite.name)
  }
  return { file: relative(root, task.file.filepath).split(sep).join('/'), path, label }
}
