import { LoadError } from '../domain/load-error.ts'

/** Environment variable that both pool and workers read the shared secret from. */
export const SECRET_VARIABLE = 'VITEST_PERF_SECRET'

const LEAST_CHARACTERS = 8

/**
 * The secret that a pool and its workers share.
 * @param from where the value came from, for the error
 * @throws LoadError `invalid-option` when it is missing or too short to be one
 */
export function clusterSecret(value: string | undefined, from: string): string {
  const secret = value?.trim() ?? ''
  if (secret.length >= LEAST_CHARACTERS) return secret
  const found = secret === '' ? 'got none' : `got ${secret.length} characters`
  throw new LoadError(
    'invalid-option',
    `${from}: ${found}, takes a secret of at least ${LEAST_CHARACTERS} characters`,
    {
      hint: `pool and workers share it; make one with: openssl rand -hex 32, and set ${SECRET_VARIABLE} on each machine`,
    },
  )
}
