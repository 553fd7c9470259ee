import type { Fingerprint } from '../domain/history.ts'

/** Where a run was measured in a few words: GPUs before CPUs, because they say more. `null` for imported runs. */
export function environmentText({ hard }: Fingerprint): string | null {
  const { cpuModel, usableCores, gpuModel, gpuCount, gpuDriver } = hard
  if (gpuModel) return `${gpuModel} ×${gpuCount ?? 1}${gpuDriver ? ` driver ${gpuDriver}` : ''}`
  if (cpuModel) return `${cpuModel}${usableCores ? `, ${usableCores} cores` : ''}`
  return null
}
