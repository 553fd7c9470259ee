import type { Fingerprint } from '../domain/history.ts'
import { canonical, digest } from './digest.ts'
import type { Environment } from './environment.ts'

/** The fingerprint of a load: where it runs and what it does. `hard` holds the workload's hash too. */
export function fingerprintOf({ hard, soft }: Environment, workloadHash: string): Fingerprint {
  const all = { ...hard, workload: workloadHash }
  return { hard: all, soft, hardHash: digest(JSON.stringify(canonical(all)), 12) }
}

/** The workload's hash inside a fingerprint. */
export function workloadOf(fingerprint: Fingerprint): string {
  return String(fingerprint.hard['workload'])
}

const LABELS: Readonly<Record<string, string>> = {
  cpuModel: 'CPU', logicalCores: 'logical cores', usableCores: 'usable cores', cpuQuota: 'CPU quota', gpuModel: 'GPU',
  gpuCount: 'GPUs', gpuDriver: 'GPU driver', node: 'Node', os: 'operating system', arch: 'architecture',
  memoryGiB: 'memory (GiB)', nodeVersion: 'Node version', vitestVersion: 'Vitest version',
}

/**
 * The fields in which two fingerprints differ, one readable line each, hard ones first:
 * `CPU: AMD EPYC 7763 -> Intel Xeon 8370C`. Empty when they are alike.
 */
export function fingerprintDifference(before: Fingerprint, after: Fingerprint): string[] {
  return [...differences(before.hard, after.hard), ...differences(before.soft, after.soft)]
}

function differences(before: Fingerprint['hard'], after: Fingerprint['hard']): string[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return fields.filter((field) => (before[field] ?? null) !== (after[field] ?? null)).map((field) => {
    if (field === 'workload') return 'workload: profile, requests, data or parameters have changed'
    return `${LABELS[field] ?? field}: ${before[field] ?? 'none'} -> ${after[field] ?? 'none'}`
  })
}
