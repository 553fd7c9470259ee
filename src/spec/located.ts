import { LoadError } from '../domain/load-error.ts'

/** Runs `work` and puts the place in the data before the message of what it throws. */
export function located<Result>(where: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof LoadError) throw new LoadError(error.code, `${where}: ${error.message}`)
    throw error
  }
}
