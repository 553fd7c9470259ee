import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import type { ActiveLoad, LoadControl } from './active-load.ts'

/**
 * Acts on the target while a load runs and waits for the end of both.
 * @throws what `act` throws, which ends the load; else what the load throws
 */
export async function actDuring<Run>(
  load: Promise<Run>,
  active: ActiveLoad,
  act: (control: LoadControl) => unknown,
): Promise<Run> {
  const acted = (async () => {
    if (typeof act !== 'function') {
      throw new LoadError('invalid-option', `during(load, act): got ${describe(act)}, takes a function`)
    }
    await act({ at: active.at, kill: active.kill, mark: active.mark })
  })()
  acted.catch((error: unknown) =>
    active.fail(`what was done during it failed: ${error instanceof Error ? error.message : String(error)}`),
  )
  const [run, deed] = await Promise.allSettled([load, acted])
  // A load that failed by itself ends what is done during it, not the other way round.
  if (deed.status === 'rejected' && (active.failed || run.status === 'fulfilled')) throw deed.reason
  if (run.status === 'rejected') throw run.reason
  return run.value
}
