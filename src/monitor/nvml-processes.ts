import { NVML, type NvmlFunction, type NvmlLibrary } from './nvml-library.ts'

/** What one process holds of a device. */
export interface GpuProcess {
  /** As the kernel of the host numbers it. */
  readonly pid: number
  /** `null` where the driver does not tell it. */
  readonly bytes: number | null
}

/** pid, 4 bytes of padding, used memory, instances of a partitioned GPU. */
const ENTRY_BYTES = 24
const NOT_AVAILABLE = 0xffff_ffff_ffff_ffffn
/** Processes may come between the question how many there are and the next. */
const SPARE = 8
const TRIES = 3

/** Processes that use a device, for computing or for graphics; `null` where the driver does not tell them. */
export async function runningProcesses(library: NvmlLibrary, handle: bigint): Promise<readonly GpuProcess[] | null> {
  const compute = await list(
    library,
    handle,
    library.newest('nvmlDeviceGetComputeRunningProcesses_v3', 'nvmlDeviceGetComputeRunningProcesses_v2'),
  )
  const graphics = await list(
    library,
    handle,
    library.newest('nvmlDeviceGetGraphicsRunningProcesses_v3', 'nvmlDeviceGetGraphicsRunningProcesses_v2'),
  )
  if (compute === null) return null
  // One that does both is in both lists with all of its memory; one in several parts of a GPU has some in each.
  const held = new Map<string, GpuProcess>()
  for (const { key, process } of [...compute, ...(graphics ?? [])]) {
    const known = held.get(key)
    if (known === undefined || (known.bytes ?? -1) < (process.bytes ?? -1)) held.set(key, process)
  }
  return [...held.values()]
}

interface Entry {
  /** Process and part of the GPU. */
  readonly key: string
  readonly process: GpuProcess
}

async function list(library: NvmlLibrary, handle: bigint, name: NvmlFunction): Promise<readonly Entry[] | null> {
  const count = Buffer.alloc(4)
  let room = SPARE
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const entries = Buffer.alloc(room * ENTRY_BYTES)
    count.writeUInt32LE(room)
    const code = await library.call(name, handle, count, entries)
    const found = count.readUInt32LE()
    if (code === NVML.success) return Array.from({ length: Math.min(found, room) }, (_, i) => entryAt(entries, i))
    if (code !== NVML.insufficientSize) return null
    room = found + SPARE
  }
  return null
}

function entryAt(entries: Buffer, i: number): Entry {
  const at = i * ENTRY_BYTES
  const pid = entries.readUInt32LE(at)
  const bytes = entries.readBigUInt64LE(at + 8)
  const key = [pid, entries.readUInt32LE(at + 16), entries.readUInt32LE(at + 20)].join(' ')
  return { key, process: { pid, bytes: bytes === NOT_AVAILABLE ? null : Number(bytes) } }
}
