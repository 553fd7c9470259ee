import type { GpuIdentity } from '../domain/resource.ts'
import { NVML, type NvmlLibrary } from './nvml-library.ts'
import { NvmlDevice, type DeviceReading } from './nvml-device.ts'

/** A device that the driver tells of. */
export interface FoundDevice {
  /** `gpu 0`, and of its parts `gpu 0 mig 1`. */
  readonly name: string
  readonly memoryBytes: number | null
  readonly identity: GpuIdentity
  /** As the driver counts whole GPUs; that of the whole for a part. */
  readonly index: number
}

const TEXT_BYTES = 96
/** Room for eight parts of a GPU, should the driver not say how many there may be. */
const MOST_PARTS = 8

/** An open driver: which devices it has, and what they do now. Not for more than one caller at a time. */
export class NvmlSession {
  readonly devices: readonly FoundDevice[]
  readonly #readers: readonly NvmlDevice[]
  #nextPcie = 0

  private constructor(devices: readonly FoundDevice[], readers: readonly NvmlDevice[]) {
    this.devices = devices
    this.#readers = readers
  }

  /** @throws Error in the driver's words when it cannot be opened */
  static async open(library: NvmlLibrary): Promise<NvmlSession> {
    const opened = await library.call('nvmlInit_v2')
    if (opened !== NVML.success) throw new Error(library.text(opened))
    const driver = await textOf((text) => library.call('nvmlSystemGetDriverVersion', text, TEXT_BYTES))
    const count = await numberOf((out) => library.call('nvmlDeviceGetCount_v2', out))
    const found: { readonly device: FoundDevice; readonly reader: NvmlDevice }[] = []
    for (let index = 0; index < (count ?? 0); index++) {
      const handle = await handleOf((out) => library.call('nvmlDeviceGetHandleByIndex_v2', index, out))
      if (handle === null) continue
      const parts = await partsOf(library, handle)
      const whole = { name: `gpu ${index}`, index, driver, partOf: null }
      found.push(await describe(library, handle, whole, parts !== null))
      for (const { slot, handle: part } of parts ?? []) {
        const named = { name: `gpu ${index} mig ${slot}`, index, driver, partOf: whole.name }
        found.push(await describe(library, part, named, false))
      }
    }
    return new NvmlSession(
      found.map(({ device }) => device),
      found.map(({ reader }) => reader),
    )
  }

  /**
   * What devices do now.
   * @param which their places in {@link devices}
   * @param processes whether it is asked what each process holds
   */
  async read(which: readonly number[], processes: boolean): Promise<DeviceReading[]> {
    const readings: DeviceReading[] = []
    for (const place of which) {
      const reader = this.#readers[place]
      readings.push(reader === undefined ? { lost: 'no such device' } : await reader.read(processes))
    }
    return readings
  }

  /**
   * Reads the bus of one of the devices, by turns, for a later reading: the driver watches it for 20 ms each time, too long
   * for others to wait.
   */
  async readPcie(which: readonly number[]): Promise<void> {
    await this.#readers[which[this.#nextPcie++ % which.length]!]?.readPcie()
  }
}

interface Named {
  readonly name: string
  readonly index: number
  readonly driver: string | null
  readonly partOf: string | null
}

async function describe(
  library: NvmlLibrary,
  handle: bigint,
  { name, index, driver, partOf }: Named,
  partitioned: boolean,
): Promise<{ readonly device: FoundDevice; readonly reader: NvmlDevice }> {
  const reader = new NvmlDevice(library, handle, partitioned)
  const memory = await reader.totalMemory()
  const identity: GpuIdentity = {
    model: await textOf((text) => library.call('nvmlDeviceGetName', handle, text, TEXT_BYTES)),
    uuid: await textOf((text) => library.call('nvmlDeviceGetUUID', handle, text, TEXT_BYTES)),
    driver,
    // Only what has no memory of its own has no number of it.
    unifiedMemory: memory === 'unified',
    partOf,
  }
  return {
    device: { name, memoryBytes: typeof memory === 'number' ? memory : null, identity, index },
    reader,
  }
}

interface Part {
  readonly slot: number
  readonly handle: bigint
}

/** Parts of a partitioned GPU; `null` when it is not partitioned. */
async function partsOf(library: NvmlLibrary, handle: bigint): Promise<readonly Part[] | null> {
  const pending = Buffer.alloc(4)
  const mode = await numberOf((out) => library.call('nvmlDeviceGetMigMode', handle, out, pending))
  if (mode !== 1) return null
  const most = await numberOf((out) => library.call('nvmlDeviceGetMaxMigDeviceCount', handle, out))
  const parts: Part[] = []
  for (let slot = 0; slot < (most ?? MOST_PARTS); slot++) {
    const part = await handleOf((out) => library.call('nvmlDeviceGetMigDeviceHandleByIndex', handle, slot, out))
    if (part !== null) parts.push({ slot, handle: part })
  }
  return parts
}

async function textOf(call: (out: Buffer) => Promise<number>): Promise<string | null> {
  const out = Buffer.alloc(TEXT_BYTES)
  if ((await call(out)) !== NVML.success) return null
  const end = out.indexOf(0)
  return out.toString('utf8', 0, end < 0 ? undefined : end)
}

async function numberOf(call: (out: Buffer) => Promise<number>): Promise<number | null> {
  const out = Buffer.alloc(4)
  return (await call(out)) === NVML.success ? out.readUInt32LE() : null
}

async function handleOf(call: (out: Buffer) => Promise<number>): Promise<bigint | null> {
  const out = Buffer.alloc(8)
  return (await call(out)) === NVML.success ? out.readBigUInt64LE() : null
}
