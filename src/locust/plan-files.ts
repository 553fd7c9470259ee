import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoadFile } from '../cluster/control-messages.ts'
import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import { type SingleScenarioPlan, singlePlans } from '../domain/scenario.ts'

/**
 * The files that generators of a plan read: workers do not have them.
 * @throws LoadError `scenario-failed` for one that cannot be read, or that only a row of a file names
 */
export async function planFiles(plan: LoadPlan): Promise<readonly LoadFile[]> {
  const paths = new Set(singlePlans(plan.scenario).flatMap(pathsOf))
  return Promise.all(
    Array.from(paths, async (path) => {
      try {
        return { path, bytes: await readFile(path) }
      } catch (cause) {
        throw new LoadError('scenario-failed', `cannot read a file that workers need: ${(cause as Error).message}`, {
          cause,
        })
      }
    }),
  )
}

function pathsOf(plan: SingleScenarioPlan): string[] {
  if (plan.kind === 'module') return plan.bundle === null ? [] : [fileURLToPath(plan.bundle)]
  const { data, upload } = plan
  const named = [
    ...(plan.kind === 'transcription' ? [plan.file] : []),
    ...(upload?.kind === 'file' ? [upload.path] : []),
    ...(upload?.kind === 'multipart' ? upload.parts.flatMap(({ path }) => path ?? []) : []),
  ]
  const isByRow = plan.templated && named.some((path) => path.includes('{{'))
  if (isByRow && 'path' in data)
    throw new LoadError(
      'scenario-failed',
      `scenario '${plan.name}': files that the rows of ${data.path} name do not travel to workers`,
      { hint: 'give the rows as a list: files that they name by absolute path travel along' },
    )
  return [
    ...named.filter((path) => !(plan.templated && path.includes('{{'))),
    ...('path' in data ? [data.path] : []),
    ...(isByRow && !('path' in data) ? data.flatMap((row) => Object.values(row).filter(isFile)) : []),
  ]
}

function isFile(value: unknown): value is string {
  return typeof value === 'string' && isAbsolute(value) && existsSync(value)
}
