import type { ResourceMetricId, ResourceValues } from '../domain/resource.ts'
import { NVML, type NvmlArgument, type NvmlFunction, type NvmlLibrary } from './nvml-library.ts'
import { type GpuProcess, runningProcesses } from './nvml-processes.ts'

/** What one device did at one time. */
export type DeviceReading =
  | { readonly values: ResourceValues; readonly processes: readonly GpuProcess[] | null }
  /** It is gone for good. */
  | { readonly lost: string }

/** After these a device, or the whole driver, does not come back without being opened anew. */
const LOST: ReadonlySet<number> = new Set([
  NVML.uninitialized,
  NVML.driverNotLoaded,
  NVML.gpuIsLost,
  NVML.driverMismatch,
])
/** After these it is no use to ask again. */
const NEVER: ReadonlySet<number> = new Set([NVML.notSupported, NVML.noPermission, NVML.functionNotFound])

const MEMORY_V2_BYTES = 40
const MEMORY_V1_BYTES = 24
const SENSOR_GPU = 0
const CLOCK = { sm: 1, memory: 2 } as const
/** As the driver counts: what the GPU transmits, and what it receives. */
const PCIE = { sent: 0, received: 1 } as const
const ECC = { corrected: 0, uncorrected: 1 } as const
/** Since the driver was loaded. */
const VOLATILE = 0

/** Bits of the reasons why clocks are held down. @see nvml.h nvmlClocksEventReasons */
const THROTTLES: readonly (readonly [ResourceMetricId, bigint])[] = [
  ['throttlePowerCap', 0x4n],
  ['throttleHardware', 0x8n],
  ['throttleSyncBoost', 0x10n],
  ['throttleSoftwareThermal', 0x20n],
  ['throttleHardwareThermal', 0x40n],
  ['throttlePowerBrake', 0x80n],
  // Of applications and of a display.
  ['throttleClockSetting', 0x2n | 0x100n],
]

/** A device ended between two calls. */
class DeviceLost extends Error {}

/** Reads one device. What the driver does not tell of it is absent, and after "not supported" not asked for again. */
export class NvmlDevice {
  readonly #library: NvmlLibrary
  readonly #handle: bigint
  readonly #partitioned: boolean
  readonly #silent = new Set<string>()
  readonly #memory: NvmlFunction
  readonly #reasons: NvmlFunction
  #pcie: ResourceValues = {}
  #pcieTurn: keyof typeof PCIE = 'received'

  /** @param partitioned its memory is that of its parts, which others may use */
  constructor(library: NvmlLibrary, handle: bigint, partitioned: boolean) {
    this.#library = library
    this.#handle = handle
    this.#partitioned = partitioned
    this.#memory = library.newest('nvmlDeviceGetMemoryInfo_v2', 'nvmlDeviceGetMemoryInfo')
    this.#reasons = library.newest(
      'nvmlDeviceGetCurrentClocksEventReasons',
      'nvmlDeviceGetCurrentClocksThrottleReasons',
    )
  }

  /** Bytes; `unified` where it has no memory of its own, `null` where it is not known. */
  async totalMemory(): Promise<number | 'unified' | null> {
    const out = this.#memoryOut()
    const code = await this.#library.call(this.#memory, this.#handle, out)
    if (code === NVML.success) return this.#memoryIn(out).total
    return code === NVML.notSupported && !this.#partitioned ? 'unified' : null
  }

  /** @param processes whether it is asked what each process holds */
  async read(processes: boolean): Promise<DeviceReading> {
    try {
      return {
        values: {
          ...(await this.#utilisation()),
          ...(await this.#usedMemory()),
          ...(await this.#scalar('gpuPower', 1e-3, 'nvmlDeviceGetPowerUsage')),
          ...(await this.#scalar('temperature', 1, 'nvmlDeviceGetTemperature', SENSOR_GPU)),
          ...(await this.#scalar('gpuClock', 1e6, 'nvmlDeviceGetClockInfo', CLOCK.sm)),
          ...(await this.#scalar('gpuMemoryClock', 1e6, 'nvmlDeviceGetClockInfo', CLOCK.memory)),
          ...(await this.#throttles()),
          ...(await this.#eccErrors('eccCorrected', ECC.corrected)),
          ...(await this.#eccErrors('eccUncorrected', ECC.uncorrected)),
          ...this.#takePcie(),
        },
        processes: processes ? await runningProcesses(this.#library, this.#handle) : null,
      }
    } catch (error) {
      return { lost: (error as Error).message }
    }
  }

  /** One direction of the bus, by turns. */
  async readPcie(): Promise<void> {
    const turn = this.#pcieTurn
    this.#pcieTurn = turn === 'sent' ? 'received' : 'sent'
    try {
      const id = turn === 'sent' ? 'pcieSent' : 'pcieReceived'
      const seen = await this.#scalar(id, 1e3, 'nvmlDeviceGetPcieThroughput', PCIE[turn])
      this.#pcie = { ...this.#pcie, ...seen }
    } catch {
      // The next reading tells it.
    }
  }

  #takePcie(): ResourceValues {
    const seen = this.#pcie
    this.#pcie = {}
    return seen
  }

  /** Fills `out`, the last parameter. @throws DeviceLost */
  async #fill(out: Buffer, key: string, name: NvmlFunction, ...args: readonly NvmlArgument[]): Promise<Buffer | null> {
    if (this.#silent.has(key)) return null
    const code = await this.#library.call(name, this.#handle, ...args, out)
    if (LOST.has(code)) throw new DeviceLost(this.#library.text(code))
    if (NEVER.has(code)) this.#silent.add(key)
    return code === NVML.success ? out : null
  }

  async #scalar(
    id: ResourceMetricId,
    factor: number,
    name: NvmlFunction,
    ...args: readonly number[]
  ): Promise<ResourceValues> {
    const out = await this.#fill(Buffer.alloc(4), id, name, ...args)
    return out === null ? {} : { [id]: out.readUInt32LE() * factor }
  }

  async #utilisation(): Promise<ResourceValues> {
    const out = await this.#fill(Buffer.alloc(8), 'utilisation', 'nvmlDeviceGetUtilizationRates')
    return out === null ? {} : { gpuBusy: out.readUInt32LE(0) / 100, gpuMemoryBusy: out.readUInt32LE(4) / 100 }
  }

  async #usedMemory(): Promise<ResourceValues> {
    if (this.#partitioned) return {}
    const out = await this.#fill(this.#memoryOut(), 'memory', this.#memory)
    if (out === null) return {}
    return { gpuMemory: this.#memoryIn(out).used }
  }

  async #throttles(): Promise<ResourceValues> {
    const out = await this.#fill(Buffer.alloc(8), 'throttles', this.#reasons)
    if (out === null) return {}
    const bits = out.readBigUInt64LE()
    return Object.fromEntries(THROTTLES.map(([id, mask]) => [id, (bits & mask) === 0n ? 0 : 1]))
  }

  async #eccErrors(id: 'eccCorrected' | 'eccUncorrected', type: number): Promise<ResourceValues> {
    const out = await this.#fill(Buffer.alloc(8), id, 'nvmlDeviceGetTotalEccErrors', type, VOLATILE)
    return out === null ? {} : { [id]: Number(out.readBigUInt64LE()) }
  }

  /** The newer form begins with its own version, and its `used` leaves out what the driver keeps for itself. */
  #memoryOut(): Buffer {
    if (this.#memory === 'nvmlDeviceGetMemoryInfo') return Buffer.alloc(MEMORY_V1_BYTES)
    const out = Buffer.alloc(MEMORY_V2_BYTES)
    out.writeUInt32LE(MEMORY_V2_BYTES | (2 << 24))
    return out
  }

  /** v1: total, free, used. v2: version, total, reserved, free, used. */
  #memoryIn(out: Buffer): { readonly total: number; readonly used: number } {
    const [total, used] = this.#memory === 'nvmlDeviceGetMemoryInfo' ? [0, 16] : [8, 32]
    return { total: Number(out.readBigUInt64LE(total)), used: Number(out.readBigUInt64LE(used)) }
  }
}
