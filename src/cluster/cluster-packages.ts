import type * as Msgpackr from 'msgpackr'
import type * as Zeromq from 'zeromq'
import { LoadError } from '../domain/load-error.ts'

/** What a cluster needs beside this package: loaded when a cluster is used, and only then. */
export interface ClusterPackages {
  readonly zeromq: typeof Zeromq
  readonly msgpackr: typeof Msgpackr
}

/** @throws LoadError `wrong-context` naming what to install */
export async function clusterPackages(): Promise<ClusterPackages> {
  const [zeromq, msgpackr] = await Promise.all([
    loaded('zeromq', () => import('zeromq')),
    loaded('msgpackr', () => import('msgpackr')),
  ])
  return { zeromq, msgpackr }
}

async function loaded<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const missing = (cause as { code?: unknown }).code === 'ERR_MODULE_NOT_FOUND'
    throw new LoadError(
      'wrong-context',
      missing
        ? `a cluster needs the package '${name}', which is not installed`
        : `the package '${name}', which a cluster needs, does not load here: ${(cause as Error).message}`,
      { hint: 'npm install --save-dev zeromq msgpackr', cause },
    )
  }
}
