import type { DeviceReading } from './nvml-device.ts'
import { NvmlLibrary } from './nvml-library.ts'
import { type FoundDevice, NvmlSession } from './nvml-session.ts'

/*
 * Entry of a small process that asks the driver of GPUs. A call that the driver never answers keeps its thread, and a
 * process that has such a thread cannot end by itself (Node waits for its threads, also in `process.exit()`): it must not be
 * Vitest's. This one is killed, or kills itself when the channel to the other side closes.
 */

/** Main process -> probe. The library comes as the first argument. */
export interface ProbeQuestion {
  /** Places of the devices among those that were found. */
  readonly which: readonly number[]
  /** Whether it is asked what each process holds. */
  readonly processes: boolean
}

/** Probe -> main process. */
export type ProbeAnswer =
  | { readonly kind: 'opened'; readonly devices: readonly FoundDevice[] }
  /** There is no driver, or it does not let us in; nothing follows. */
  | { readonly kind: 'missing'; readonly reason: string }
  /** In the order of the question. */
  | { readonly kind: 'reading'; readonly devices: readonly DeviceReading[] }

// Ctrl-C reaches the whole foreground group; the end is decided by the channel alone.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
await serve(process.argv[2] ?? '')

async function serve(path: string): Promise<void> {
  const session = await open(path)
  if (session === null) return
  process.on('message', (message) => {
    const { which, processes } = message as ProbeQuestion
    void (async () => {
      tell({ kind: 'reading', devices: await session.read(which, processes) })
      await session.readPcie(which)
    })()
  })
  tell({ kind: 'opened', devices: session.devices })
}

async function open(path: string): Promise<NvmlSession | null> {
  try {
    return await NvmlSession.open(await NvmlLibrary.open(path))
  } catch (error) {
    tell({ kind: 'missing', reason: (error as Error).message })
    return null
  }
}

function tell(answer: ProbeAnswer): void {
  if (process.connected) process.send?.(answer, () => undefined)
}
