import { LoadError } from '../domain/load-error.ts'
import { isArrivalProfile, type LoadPlan, mostUsers } from '../domain/load-plan.ts'

/**
 * Refuses a load of more users than there are rows, where each user is to have a row of its own.
 * @throws LoadError `invalid-option`
 */
export function requireOwnRows(plan: LoadPlan): void {
  const { scenario, profile } = plan
  if (scenario.kind === 'module' || scenario.dataOrder !== 'unique') return
  const rows = 'path' in scenario.data ? scenario.data.rows : scenario.data.length
  const users = mostUsers(plan)
  if (users <= rows) return
  const option = isArrivalProfile(profile) ? 'maxUsers' : 'users'
  throw new LoadError(
    'invalid-option',
    `load(scenario, options): option ${option}: got ${users}, but the data of '${scenario.name}' has ${rows} rows and dataOrder 'unique' gives each user one of its own`,
    { hint: isArrivalProfile(profile) ? `give maxUsers: ${rows}, or more rows` : 'give more rows, or fewer users' },
  )
}
