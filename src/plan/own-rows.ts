import { LoadError } from '../domain/load-error.ts'
import { isArrivalProfile, type LoadPlan, mostUsers } from '../domain/load-plan.ts'
import { singlePlans } from '../domain/scenario.ts'

/**
 * Refuses a load of more users than there are rows, where each user is to have a row of its own.
 * @throws LoadError `invalid-option`
 */
export function requireOwnRows(plan: LoadPlan): void {
  const { scenario, profile } = plan
  const users = mostUsers(plan)
  for (const part of singlePlans(scenario)) {
    if (part.kind === 'module' || part.dataOrder !== 'unique') continue
    const rows = 'path' in part.data ? part.data.rows : part.data.length
    if (users <= rows) continue
    const option = isArrivalProfile(profile) ? 'maxUsers' : 'users'
    throw new LoadError(
      'invalid-option',
      `load(scenario, options): option ${option}: got ${users}, but the data of '${part.name}' has ${rows} rows and dataOrder 'unique' gives each user one of its own`,
      { hint: isArrivalProfile(profile) ? `give maxUsers: ${rows}, or more rows` : 'give more rows, or fewer users' },
    )
  }
}
