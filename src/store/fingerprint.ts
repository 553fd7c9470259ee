import type { Fingerprint } from '../domain/history.ts'
import { canonical, digest } from './digest.ts'
import type { Environment } from './environment.ts'

/** The fingerprint of a load: where it runs, and in its hash also what it does. */
export function fingerprintOf({ hard, soft }: Environment, workloadHash: string): Fingerprint {
  return { hard, soft, hardHash: digest(JSON.stringify(canonical({ hard, workloadHash })), 12) }
}
