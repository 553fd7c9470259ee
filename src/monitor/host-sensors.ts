import { join } from 'node:path'
import type { ResourceValues } from '../domain/resource.ts'
import { namesIn, textOf } from './proc-file.ts'

/** Cores whose clock is read: the others run alike, and each costs a call into a driver. */
const MOST_CLOCKS = 8

/** Temperature and clock of the processor, where `/sys` tells them (rarely in a virtual machine). */
export class HostSensors {
  readonly #temperatures: readonly string[]
  readonly #clocks: readonly string[]

  constructor(sys: string) {
    const zones = join(sys, 'class/thermal')
    this.#temperatures = (namesIn(zones) ?? [])
      .filter((zone) => /cpu|pkg|core|soc/i.test(textOf(join(zones, zone, 'type')) ?? ''))
      .map((zone) => join(zones, zone, 'temp'))
    const cores = join(sys, 'devices/system/cpu')
    this.#clocks = (namesIn(cores) ?? [])
      .filter((core) => /^cpu\d+$/.test(core))
      .slice(0, MOST_CLOCKS)
      .map((core) => join(cores, core, 'cpufreq/scaling_cur_freq'))
  }

  sample(): ResourceValues {
    const celsius = numbersIn(this.#temperatures).map((millidegrees) => millidegrees / 1000)
    const hertz = numbersIn(this.#clocks).map((kilohertz) => kilohertz * 1000)
    return {
      ...(celsius.length === 0 ? {} : { temperature: Math.max(...celsius) }),
      ...(hertz.length === 0 ? {} : { clock: hertz.reduce((sum, value) => sum + value, 0) / hertz.length }),
    }
  }
}

function numbersIn(paths: readonly string[]): number[] {
  return paths.flatMap((path) => {
    const text = textOf(path)
    return text === null || text.trim() === '' || !Number.isFinite(Number(text)) ? [] : Number(text)
  })
}
