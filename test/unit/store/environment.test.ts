import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readEnvironment } from '../../../src/store/environment.ts'
import { fingerprintOf } from '../../../src/store/fingerprint.ts'
import { ENVIRONMENT, temporaryDirectory } from './samples.ts'

function systemWith(files: Record<string, string>): string {
  const root = temporaryDirectory()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

describe('readEnvironment', () => {
  test('says null for everything that this machine does not tell', () => {
    const { hard, soft } = readEnvironment(null, null, systemWith({}))
    expect(hard).toMatchObject({
      cpuQuota: null,
      gpuModel: null,
      gpuCount: 0,
      gpuDriver: null,
      node: Number(process.versions.node.split('.')[0]),
    })
    expect(soft).toMatchObject({ vitestVersion: null, microcode: null, nodeVersion: process.versions.node })
    expect(soft['host']).toMatch(/^[0-9a-f]{8}$/)
    expect([hard['engine'], readEnvironment(null, 'locust').hard['engine']]).toEqual([undefined, 'locust'])
  })

  test('takes the strictest CPU quota of the control groups above the process', () => {
    const root = systemWith({
      'proc/self/cgroup': '0::/ci/job\n',
      'sys/fs/cgroup/ci/job/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/ci/cpu.max': '150000 100000\n',
      'sys/fs/cgroup/cpu.max': '400000 100000\n',
    })
    expect(readEnvironment(null, null, root).hard['cpuQuota']).toBe(1.5)
  })

  test('reads quotas of control groups version 1, where -1 is no limit', () => {
    const groups = '4:cpu,cpuacct:/docker/abc\n3:cpuset:/\n'
    const quota = (us: string): unknown =>
      readEnvironment(
        null,
        null,
        systemWith({
          'proc/self/cgroup': groups,
          'sys/fs/cgroup/cpu/cpu.cfs_quota_us': us,
          'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
        }),
      ).hard['cpuQuota']
    expect(quota('200000\n')).toBe(2)
    expect(quota('-1\n')).toBeNull()
  })

  test('names the GPUs and the major version of their driver', () => {
    const gpu = (model: string): string => `Model: \t\t ${model}\nIRQ:   \t\t 58\nGPU UUID: \t GPU-1\n`
    const { hard } = readEnvironment(
      '4.1.12',
      null,
      systemWith({
        'proc/driver/nvidia/version':
          'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version: gcc 12\n',
        'proc/driver/nvidia/gpus/0000:17:00.0/information': gpu('NVIDIA L4'),
        'proc/driver/nvidia/gpus/0000:65:00.0/information': gpu('NVIDIA L4'),
      }),
    )
    expect(hard).toMatchObject({ gpuModel: 'NVIDIA L4', gpuCount: 2, gpuDriver: '550' })
  })

  test('understands the version line of the open kernel module', () => {
    const line = 'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  Release Build\n'
    expect(readEnvironment(null, null, systemWith({ 'proc/driver/nvidia/version': line })).hard['gpuDriver']).toBe(
      '570',
    )
  })
})

describe('fingerprints', () => {
  const fingerprint = fingerprintOf(ENVIRONMENT, 'w1')

  test('share a hash exactly when environment and workload are the same', () => {
    const reordered = { ...ENVIRONMENT, hard: Object.fromEntries(Object.entries(ENVIRONMENT.hard).reverse()) }
    expect(fingerprintOf(reordered, 'w1').hardHash).toBe(fingerprint.hardHash)
    expect(fingerprintOf(ENVIRONMENT, 'w2').hardHash).not.toBe(fingerprint.hardHash)
    expect(fingerprintOf({ ...ENVIRONMENT, hard: { ...ENVIRONMENT.hard, node: 24 } }, 'w1').hardHash).not.toBe(
      fingerprint.hardHash,
    )
    expect(fingerprintOf({ ...ENVIRONMENT, soft: { kernel: '7.0' } }, 'w1').hardHash).toBe(fingerprint.hardHash)
    // Readers of a difference see fields of the environment, and no hash of a workload.
    expect(fingerprint).toMatchObject(ENVIRONMENT)
    expect(Object.keys(fingerprint.hard)).not.toContain('workload')
  })
})
