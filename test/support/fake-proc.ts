import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** One process as Linux shows it; what is left out is 0 or missing. */
export interface FakeProcess {
  readonly rssKiB?: number
  readonly pssKiB?: number
  readonly start?: number
  readonly parent?: number
  /** Hundredths of a second: its own, and of ended children that it waited for. */
  readonly ticks?: number
  readonly childTicks?: number
  readonly majorFaults?: number
  readonly state?: string
  /** Children of each of its threads. */
  readonly threads?: readonly (readonly number[])[]
  readonly comm?: string
  readonly command?: string
  readonly environ?: string
  /** Inodes of its open sockets. */
  readonly sockets?: readonly number[]
}

/** A file system of processes that ends with the test. */
export class FakeProc {
  readonly path: string = mkdtempSync(join(tmpdir(), 'perf-proc-'))

  constructor(processes: Readonly<Record<number, FakeProcess>> = {}) {
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }))
    mkdirSync(join(this.path, 'self'))
    mkdirSync(join(this.path, 'net'))
    writeFileSync(join(this.path, 'self', 'status'), '')
    for (const [pid, parts] of Object.entries(processes)) this.put(Number(pid), parts)
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.path, file), text)
  }

  end(pid: number): void {
    rmSync(join(this.path, String(pid)), { recursive: true })
  }

  put(pid: number, parts: FakeProcess): void {
    const { rssKiB, pssKiB, start = 100, parent = 1, ticks = 0, childTicks = 0, majorFaults = 0 } = parts
    const directory = join(this.path, String(pid))
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory)
    const threads = parts.threads ?? [[]]
    threads.forEach((children, i) => {
      const thread = join(directory, 'task', String(pid + i))
      mkdirSync(thread, { recursive: true })
      writeFileSync(join(thread, 'children'), children.map((child) => `${child} `).join(''))
    })
    // Fields 3 to 24 of /proc/pid/stat.
    const fields = [parts.state ?? 'S', parent, 0, 0, 0, 0, 0, 0, 0, majorFaults, 0, ticks, 0, childTicks, 0, 20, 0]
    this.write(`${pid}/stat`, `${pid} (a (strange) name) ${[...fields, threads.length, 0, start, 0].join(' ')}\n`)
    const rss = rssKiB === undefined ? '' : `VmRSS:\t   ${rssKiB} kB\n`
    this.write(`${pid}/status`, `Name:\tx\nVmPeak:\t 9 kB\n${rss}Threads:\t1\n`)
    if (pssKiB !== undefined) this.write(`${pid}/smaps_rollup`, `Rss:  1 kB\nPss:   ${pssKiB} kB\nPss_Dirty: 2 kB\n`)
    this.write(`${pid}/comm`, `${parts.comm ?? 'x'}\n`)
    this.write(`${pid}/cmdline`, parts.command ?? '')
    this.write(`${pid}/environ`, parts.environ ?? '')
    mkdirSync(join(directory, 'fd'))
    for (const [fd, inode] of (parts.sockets ?? []).entries())
      symlinkSync(`socket:[${inode}]`, join(directory, 'fd', String(fd)))
  }
}
