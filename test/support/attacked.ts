import type { RunReport } from '../../reporters/spec-result.ts'

/** What ends a script, an attribute, a template and a table cell at once, and pings somebody. */
export const ATTACK = `"><img src=x onerror=alert(1)></script><script>alert(2)</script>{{constructor}}|@all\n::error::\u2028=1+1`

/** Texts that come from outside: names that users, targets and machines give. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(
  'project name title label claim measured distance message advice detail request against cpu toolVersion'.split(' '),
)
const LISTS_FROM_OUTSIDE: ReadonlySet<string> = new Set(['notes', 'errors', 'scenarios', 'path'])

/** The run with an attack at the end of every text from outside. */
export function attacked(report: RunReport): RunReport {
  return walked(report, '') as RunReport
}

function walked(value: unknown, key: string): unknown {
  if (typeof value === 'string') return FROM_OUTSIDE.has(key) ? value + ATTACK : value
  if (Array.isArray(value))
    return value.map((one) =>
      typeof one === 'string' && LISTS_FROM_OUTSIDE.has(key) ? one + ATTACK : walked(one, key),
    )
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walked(inner, name)]))
}
