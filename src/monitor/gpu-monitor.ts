import { readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { GpuTarget } from '../domain/monitor-plan.ts'
import type { ResourceValues, WatchedResource } from '../domain/resource.ts'
import type { GpuProbe } from './gpu-probe.ts'
import type { Monitor, NoteListener } from './monitor.ts'
import type { FoundDevice } from './nvml-session.ts'

/** Inode of the first space of process numbers of a Linux machine; containers have spaces of their own. */
const FIRST_PID_SPACE = 'pid:[4026531836]'

/** Counts from the start of the watch; the driver counts from its own. */
const COUNTERS = ['eccCorrected', 'eccUncorrected'] as const

/** Finds the GPUs that targets name; a target that is not there becomes a monitor that says so. Never throws. */
export async function gpuMonitors(
  targets: readonly GpuTarget[],
  probe: GpuProbe,
  watchesProcesses: boolean,
  proc = '/proc',
): Promise<readonly Monitor[]> {
  const found = await probe.open()
  if ('missing' in found) {
    const reason = `no NVIDIA driver answers: ${found.missing}: n/a`
    return targets.map((target) => new MissingGpu(nameOf(target), reason))
  }
  const { devices } = found
  const tellsProcesses = pidsAreTheHosts(proc)
  if (watchesProcesses && tellsProcesses) probe.watchProcesses()
  const places = new Map<number, Monitor>()
  const missing: Monitor[] = []
  for (const target of targets) {
    const named = placesOf(target, devices)
    if (typeof named === 'string') missing.push(new MissingGpu(nameOf(target), named))
    else {
      for (const place of named)
        places.set(place, new GpuMonitor(devices[place]!, place, probe, watchesProcesses && !tellsProcesses))
    }
  }
  return [...places.values(), ...missing]
}

/** Watches one GPU, or one part of a partitioned one. */
class GpuMonitor implements Monitor {
  readonly watched: WatchedResource
  readonly #device: FoundDevice
  readonly #place: number
  readonly #probe: GpuProbe
  readonly #processesUnknown: boolean
  #say: NoteListener = () => undefined
  #first: ResourceValues = {}
  #lost = false

  constructor(device: FoundDevice, place: number, probe: GpuProbe, processesUnknown: boolean) {
    const { name, memoryBytes, identity } = device
    this.watched = { kind: 'gpu', name, cores: null, memoryBytes, gpu: identity }
    this.#device = device
    this.#place = place
    this.#probe = probe
    this.#processesUnknown = processesUnknown
  }

  start(say: NoteListener): readonly string[] {
    this.#say = say
    this.#probe.watch(this.#place)
    return [
      ...(this.#device.identity.unifiedMemory
        ? ["it shares the host's memory: watch that of the host; its own memory is n/a"]
        : []),
      ...(this.#processesUnknown
        ? ['GPU memory of processes is n/a: the driver numbers them as the host does, not as this container']
        : []),
    ]
  }

  async sample(): Promise<ResourceValues | null> {
    if (this.#lost) return null
    const reading = await this.#probe.read()
    const mine = reading?.get(this.#place) ?? null
    if (mine === null) {
      if (this.#probe.ended !== null) this.#lose(this.#probe.ended)
      else if (this.#probe.stalls) this.#say('the driver takes more than a second to answer: n/a until it does')
      return null
    }
    if ('lost' in mine) return this.#lose(mine.lost)
    return { ...mine.values, ...this.#counted(mine.values) }
  }

  stop(): void {
    // Stopping is no loss.
    this.#lost = true
    this.#probe.stop()
  }

  #lose(reason: string): null {
    if (!this.#lost) this.#say(`the driver lost it: ${reason}: n/a from then on`)
    this.#lost = true
    return null
  }

  #counted(values: ResourceValues): ResourceValues {
    return Object.fromEntries(
      COUNTERS.flatMap((id) => {
        const [count, first] = [values[id], this.#first[id]]
        if (count === undefined) return []
        if (first === undefined) this.#first = { ...this.#first, [id]: count }
        // The driver begins anew when it is loaded anew.
        return [[id, Math.max(0, count - (first ?? count))]]
      }),
    )
  }
}

/** A GPU that was asked for and is not there. */
class MissingGpu implements Monitor {
  readonly watched: WatchedResource
  readonly #reason: string

  constructor(name: string, reason: string) {
    this.watched = { kind: 'gpu', name, cores: null, memoryBytes: null }
    this.#reason = reason
  }

  start(): readonly string[] {
    return [this.#reason]
  }

  sample(): null {
    return null
  }

  stop(): void {
    // Nothing was opened.
  }
}

function nameOf(target: GpuTarget): string {
  if (target.by === 'all') return 'gpu'
  return target.by === 'index' ? `gpu ${target.index}` : `gpu ${target.uuid}`
}

/** Places of what a target names, or why there is none. */
function placesOf(target: GpuTarget, devices: readonly FoundDevice[]): readonly number[] | string {
  const all = [...devices.keys()]
  const wholes = devices.filter(({ identity }) => identity.partOf === null)
  if (target.by === 'all') return all.length > 0 ? all : 'the driver knows no GPU: n/a'
  if (target.by === 'index') {
    const places = all.filter((place) => devices[place]!.index === target.index)
    return places.length > 0 ? places : `there is no GPU ${target.index}, of ${wholes.length}: n/a`
  }
  const begins = all.filter((place) => devices[place]!.identity.uuid?.startsWith(target.uuid) === true)
  const same = begins.filter((place) => devices[place]!.identity.uuid === target.uuid)
  const [place, another] = same.length > 0 ? same : begins
  if (place === undefined) return `no GPU has the UUID ${target.uuid}: n/a`
  if (another !== undefined) return `the UUIDs of several GPUs begin with ${target.uuid}: n/a`
  const { identity, name } = devices[place]!
  return identity.partOf === null
    ? all.filter((one) => one === place || devices[one]!.identity.partOf === name)
    : [place]
}

/** Whether this process numbers processes as the kernel of the machine does. */
function pidsAreTheHosts(proc: string): boolean {
  try {
    return readlinkSync(join(proc, 'self/ns/pid')) === FIRST_PID_SPACE
  } catch {
    return false
  }
}
