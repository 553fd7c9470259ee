import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, hostname, release, totalmem } from 'node:os'
import { join, posix } from 'node:path'
import type { Fingerprint } from '../domain/history.ts'
import { digest } from './digest.ts'

/** The machine and its software: the part of a fingerprint that all loads of a run share. */
export type Environment = Pick<Fingerprint, 'hard' | 'soft'>

/**
 * Reads the environment once at start: a few small files, no child process. What a platform does not tell is `null`.
 * @param vitestVersion of the running Vitest; `null` when unknown
 * @param engine what carries the loads; `null` for processes of this machine
 * @param systemRoot where `/proc` and `/sys` are @default '/'
 */
export function readEnvironment(
  vitestVersion: string | null,
  engine: string | null = null,
  systemRoot = '/',
): Environment {
  const read = (path: string): string | null => readOrNull(join(systemRoot, path))
  return {
    hard: {
      cpuModel: cpus()[0]?.model.trim() || null,
      logicalCores: cpus().length,
      // Differs from the cores under taskset and cpuset limits.
      usableCores: availableParallelism(),
      cpuQuota: cpuQuota(read),
      ...gpus(systemRoot),
      gpuDriver: /Kernel Module(?: for \S+)?\s+(\d+)\./.exec(read('proc/driver/nvidia/version') ?? '')?.[1] ?? null,
      node: Number(process.versions.node.split('.')[0]),
      os: process.platform,
      arch: process.arch,
      ...(engine === null ? {} : { engine }),
    },
    soft: {
      kernel: release(),
      microcode: /^microcode\s*:\s*(\S+)/m.exec(read('proc/cpuinfo') ?? '')?.[1] ?? null,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      nodeVersion: process.versions.node,
      vitestVersion,
      host: digest(hostname(), 8),
    },
  }
}

type Read = (path: string) => string | null

/** Cores that the strictest control group above this process allows; `null` without a limit. */
function cpuQuota(read: Read): number | null {
  const limits = (read('proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (path === undefined || (controllers !== '' && !controllers!.split(',').includes('cpu'))) return []
    return ancestors(path).map((group) => (controllers === '' ? quotaV2(read, group) : quotaV1(read, group)))
  })
  const quotas = limits.filter((quota) => quota !== null && quota > 0) as number[]
  return quotas.length === 0 ? null : Math.min(...quotas)
}

/** `/a/b` -> `/a/b`, `/a`, `/`. In a container the path may be the host's; the root is then its own group. */
function ancestors(path: string): string[] {
  const parent = posix.dirname(path)
  return parent === path ? [path] : [path, ...ancestors(parent)]
}

/** `cpu.max` holds `quota period` or `max period`. */
function quotaV2(read: Read, group: string): number | null {
  const [quota, period] = (read(join('sys/fs/cgroup', group, 'cpu.max')) ?? '').trim().split(' ')
  return quota === undefined || period === undefined || quota === 'max' ? null : coresOf(quota, period)
}

function quotaV1(read: Read, group: string): number | null {
  const quota = read(join('sys/fs/cgroup/cpu', group, 'cpu.cfs_quota_us'))
  const period = read(join('sys/fs/cgroup/cpu', group, 'cpu.cfs_period_us'))
  return quota === null || period === null ? null : coresOf(quota, period)
}

function coresOf(quota: string, period: string): number | null {
  const cores = Number(quota) / Number(period)
  return Number.isFinite(cores) ? Math.round(cores * 100) / 100 : null
}

/** NVIDIA's driver lists one directory per GPU. Different models are all named. */
function gpus(systemRoot: string): { gpuModel: string | null; gpuCount: number } {
  const directory = join(systemRoot, 'proc/driver/nvidia/gpus')
  let names: string[] = []
  try {
    names = readdirSync(directory)
  } catch {
    // No NVIDIA driver.
  }
  const models = names.map((name) =>
    /^Model:\s*(.+)$/m.exec(readOrNull(join(directory, name, 'information')) ?? '')?.[1]?.trim(),
  )
  const known = [...new Set(models.filter((model) => model !== undefined))].sort()
  return { gpuModel: known.length === 0 ? null : known.join(' + '), gpuCount: names.length }
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
