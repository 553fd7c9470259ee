/** What NVML functions return. @see https://docs.nvidia.com/deploy/nvml-api group nvmlDeviceEnumvs */
export const NVML = {
  success: 0,
  uninitialized: 1,
  notSupported: 3,
  noPermission: 4,
  notFound: 6,
  insufficientSize: 7,
  driverNotLoaded: 9,
  functionNotFound: 13,
  gpuIsLost: 15,
  driverMismatch: 18,
} as const

/** Parameters of the functions that are used; a device is the address that the driver gave for it. */
const SIGNATURES = {
  nvmlInit_v2: [],
  nvmlShutdown: [],
  nvmlSystemGetDriverVersion: ['void *', 'uint'],
  nvmlDeviceGetCount_v2: ['void *'],
  nvmlDeviceGetHandleByIndex_v2: ['uint', 'void *'],
  nvmlDeviceGetName: ['void *', 'void *', 'uint'],
  nvmlDeviceGetUUID: ['void *', 'void *', 'uint'],
  nvmlDeviceGetMigMode: ['void *', 'void *', 'void *'],
  nvmlDeviceGetMaxMigDeviceCount: ['void *', 'void *'],
  nvmlDeviceGetMigDeviceHandleByIndex: ['void *', 'uint', 'void *'],
  nvmlDeviceGetUtilizationRates: ['void *', 'void *'],
  nvmlDeviceGetMemoryInfo: ['void *', 'void *'],
  nvmlDeviceGetMemoryInfo_v2: ['void *', 'void *'],
  nvmlDeviceGetPowerUsage: ['void *', 'void *'],
  nvmlDeviceGetTemperature: ['void *', 'int', 'void *'],
  nvmlDeviceGetClockInfo: ['void *', 'int', 'void *'],
  nvmlDeviceGetCurrentClocksEventReasons: ['void *', 'void *'],
  nvmlDeviceGetCurrentClocksThrottleReasons: ['void *', 'void *'],
  nvmlDeviceGetPcieThroughput: ['void *', 'int', 'void *'],
  nvmlDeviceGetTotalEccErrors: ['void *', 'int', 'int', 'void *'],
  nvmlDeviceGetComputeRunningProcesses_v2: ['void *', 'void *', 'void *'],
  nvmlDeviceGetComputeRunningProcesses_v3: ['void *', 'void *', 'void *'],
  nvmlDeviceGetGraphicsRunningProcesses_v2: ['void *', 'void *', 'void *'],
  nvmlDeviceGetGraphicsRunningProcesses_v3: ['void *', 'void *', 'void *'],
} as const

export type NvmlFunction = keyof typeof SIGNATURES
export type NvmlArgument = number | bigint | Buffer | null

type Callable = (...args: readonly unknown[]) => void

/**
 * The driver's library. Its functions run in a thread of their own, one at a time: this process goes on while the driver
 * takes its time, and no second thread waits for the same driver.
 */
export class NvmlLibrary {
  readonly #functions: ReadonlyMap<NvmlFunction, Callable>
  readonly #describe: ((code: number) => string) | null
  #last: Promise<unknown> = Promise.resolve()

  private constructor(functions: ReadonlyMap<NvmlFunction, Callable>, text: ((code: number) => string) | null) {
    this.#functions = functions
    this.#describe = text
  }

  /** @throws Error when there is no such library, or koffi does not run here */
  static async open(path: string): Promise<NvmlLibrary> {
    const { default: koffi } = await import('koffi')
    const library = koffi.load(path)
    const functions = new Map<NvmlFunction, Callable>()
    for (const [name, parameters] of Object.entries(SIGNATURES)) {
      // Drivers of other ages lack some.
      const found = orNull(() => library.func(name, 'int', [...parameters]))
      if (found !== null) functions.set(name as NvmlFunction, found.async as Callable)
    }
    return new NvmlLibrary(
      functions,
      orNull(() => library.func('nvmlErrorString', 'str', ['int'])),
    )
  }

  /** The first of some functions, newest first, that this driver has; the last where it has none. */
  newest(...names: readonly [NvmlFunction, ...NvmlFunction[]]): NvmlFunction {
    return names.find((name) => this.#functions.has(name)) ?? names.at(-1)!
  }

  /** Calls a function after those called before. @returns its code, one of {@link NVML} or another */
  call(name: NvmlFunction, ...args: readonly NvmlArgument[]): Promise<number> {
    const called = this.#last.then(() => this.#run(name, args))
    this.#last = called
    return called
  }

  /** A code in the driver's words. */
  text(code: number): string {
    return this.#describe?.(code) ?? `NVML error ${code}`
  }

  async #run(name: NvmlFunction, args: readonly NvmlArgument[]): Promise<number> {
    const run = this.#functions.get(name)
    if (run === undefined) return NVML.functionNotFound
    return new Promise((resolve, reject) => {
      run(...args, (error: Error | null, code: number) => (error === null ? resolve(code) : reject(error)))
    })
  }
}

function orNull<Value>(make: () => Value): Value | null {
  try {
    return make()
  } catch {
    return null
  }
}
