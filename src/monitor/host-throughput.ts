import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ResourceValues } from '../domain/resource.ts'
import { textOf } from './proc-file.ts'

/** Bytes since the start of the machine; what the platform does not tell is absent. */
type Transferred = Partial<Record<'networkReceived' | 'networkSent' | 'diskRead' | 'diskWritten', number>>

const SECTOR_BYTES = 512

/**
 * Network and disk throughput. Bridges, tunnels and partitions pass on what a device transfers and are not counted again;
 * where there is no device at all, as in a container, every interface but the loopback counts.
 */
export class HostThroughput {
  readonly #proc: string
  readonly #sys: string
  #before: Transferred = {}
  /** Whether a name stands for hardware: asked once for each. */
  readonly #known = new Map<string, boolean>()

  constructor(proc: string, sys: string) {
    this.#proc = proc
    this.#sys = sys
  }

  /** Rates since the last call; none at the first. */
  sample(seconds: number): ResourceValues {
    const now = { ...this.#network(), ...this.#disks() }
    const before = this.#before
    this.#before = now
    return Object.fromEntries(
      Object.entries(now).flatMap(([id, bytes]) => {
        const earlier = before[id as keyof Transferred]
        // A device that was unplugged takes its count along.
        return earlier === undefined || seconds <= 0 ? [] : [[id, Math.max(0, bytes - earlier) / seconds]]
      }),
    )
  }

  /** @see man 5 proc_pid_net */
  #network(): Transferred {
    const lines = (textOf(join(this.#proc, 'net/dev')) ?? '').split('\n').slice(2).filter(Boolean)
    const interfaces = lines.flatMap((line) => {
      const [name = '', counts = ''] = line.split(':', 2)
      const fields = counts.trim().split(/\s+/).map(Number)
      return name.trim() === 'lo' ? [] : [{ name: name.trim(), received: fields[0]!, sent: fields[8]! }]
    })
    const counted = this.#devicesOf(interfaces, join(this.#sys, 'class/net')) ?? interfaces
    if (counted.length === 0) return {}
    return {
      networkReceived: counted.reduce((sum, { received }) => sum + received, 0),
      networkSent: counted.reduce((sum, { sent }) => sum + sent, 0),
    }
  }

  /** @see man 5 proc_diskstats */
  #disks(): Transferred {
    const lines = (textOf(join(this.#proc, 'diskstats')) ?? '').split('\n').filter(Boolean)
    const disks = lines.map((line) => {
      const fields = line.trim().split(/\s+/)
      return { name: fields[2]!, read: Number(fields[5]) * SECTOR_BYTES, written: Number(fields[9]) * SECTOR_BYTES }
    })
    const counted = this.#devicesOf(disks, join(this.#sys, 'block'))
    if (counted === null) return {}
    return {
      diskRead: counted.reduce((sum, { read }) => sum + read, 0),
      diskWritten: counted.reduce((sum, { written }) => sum + written, 0),
    }
  }

  /** Those that stand for hardware, real or virtual; `null` when none does. */
  #devicesOf<Named extends { readonly name: string }>(all: readonly Named[], directory: string): Named[] | null {
    const devices = all.filter(({ name }) => {
      const path = join(directory, name, 'device')
      const known = this.#known.get(path) ?? existsSync(path)
      this.#known.set(path, known)
      return known
    })
    return devices.length === 0 ? null : devices
  }
}
