import { relative } from 'node:path'
import { withFilesBeside } from '../declarative/relative-files.ts'
import { SuiteDocument } from '../declarative/suite-document.ts'
import { suiteName } from '../declarative/suite-module.ts'
import { variableValue } from '../declarative/variables.ts'
import { LoadError } from '../domain/load-error.ts'
import { server } from './server.ts'
import { type SuiteDefinition, type SuiteTest, suiteTests } from './suite-tests.ts'

/** A suite of a `*.perf.yaml` or `*.perf.json`. */
export interface DeclaredSuite {
  readonly tests: readonly SuiteTest[]
}

/**
 * Reads a declarative file; the module that it is turned into calls this. Everything is checked before the first load.
 * @throws LoadError `invalid-option` with file, line and column of every problem
 */
export function declaredSuite(
  file: string,
  text: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): DeclaredSuite {
  const document = new SuiteDocument(relative(process.cwd(), file), text)
  try {
    const data = withFilesBeside(
      file,
      document.data((written) => variableValue(written, env)),
    )
    return { tests: suiteTests(`suite('${suiteName(file)}')`, data as SuiteDefinition, server) }
  } catch (error) {
    if (!(error instanceof LoadError)) throw error
    const message = error.problems.map((problem) => document.located(problem.path, problem.message)).join('\n')
    const located = message === '' ? error : new LoadError(error.code, message, hintOf(error))
    // The message says where. Frames could only point to the file's first line.
    located.stack = `${located.name}: ${located.message}`
    throw located
  }
}

function hintOf({ hint }: LoadError): { hint?: string } {
  return hint === undefined ? {} : { hint }
}
