import { LoadError } from '../domain/load-error.ts'

/**
 * Runs `work` and puts the place in the data before the message of what it throws.
 * @param path the same place, as keys; a function where it depends on the problem's own path
 */
export function located<Result>(
  where: string,
  path: readonly PropertyKey[] | ((path: readonly PropertyKey[]) => readonly PropertyKey[]),
  work: () => Result,
): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    const { code, message, problems } = error
    const below = problems.length > 0 ? problems : [{ path: [], message }]
    throw new LoadError(code, `${where}: ${message}`, {
      problems: below.map((problem) => ({
        path: typeof path === 'function' ? path(problem.path) : [...path, ...problem.path],
        message: `${where}: ${problem.message}`,
      })),
    })
  }
}
