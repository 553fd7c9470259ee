import type { RequestFailure } from '../domain/observation.ts'
import type { UserConnections } from './client/user-connections.ts'
import type { UserCookies } from './user-cookies.ts'

/** What a user of a scenario module keeps between its iterations. One that leaves and comes back has a new one. */
export interface UserSession {
  /** 0-based over all generators. */
  readonly user: number
  readonly connections: UserConnections
  /** `null` where the module keeps none. */
  readonly cookies: UserCookies | null
  /** The scenario's own. */
  readonly state: Record<string, unknown>
  /** Iterations that it has started. */
  iterations: number
  /** Why its `onStart` failed: it has no iteration but a failed one, and starts anew. */
  failure: RequestFailure | null
}
