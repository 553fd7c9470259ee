import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { NOTHING_WATCHED, NVML_VARIABLE } from '../../../src/domain/monitor-plan.ts'
import { monitorsOf } from '../../../src/monitor/monitors-of.ts'
import { FakeDaemon } from '../../support/fake-daemon.ts'
import { nowUs } from '../../support/generator-fork.ts'

test('a plan without anything to watch makes nothing', () => {
  expect(monitorsOf(NOTHING_WATCHED, nowUs)).toBeNull()
})

test('all kinds of a plan are watched, through what the environment names', async () => {
  const daemon = await FakeDaemon.start()
  daemon.containers.set('asr', { limits: { Memory: 4e9 } })
  vi.stubEnv('DOCKER_HOST', `unix://${daemon.path}`)
  vi.stubEnv(NVML_VARIABLE, 'libno-such-driver.so.1')
  onTestFinished(() => void vi.unstubAllEnvs())
  const run = monitorsOf(
    {
      ...NOTHING_WATCHED,
      host: true,
      processes: [{ name: 'self', by: 'pid', pid: process.pid }],
      gpus: [{ by: 'index', index: 0 }],
      containers: [{ name: 'asr', by: 'name', containerName: 'asr' }],
    },
    nowUs,
    pathToFileURL('dist/nvml-probe.js'),
  )!
  onTestFinished(() => run.stop())
  await run.start()
  expect(run.watched.map(({ kind, name }) => [kind, name])).toEqual([
    ['host', 'host'],
    ['process', 'self'],
    ['container', 'asr'],
    ['gpu', 'gpu 0'],
  ])
  expect(run.watched[2]).toMatchObject({ memoryBytes: 4e9, notes: [] })
  expect(run.watched[3]!.notes[0]).toContain('no NVIDIA driver answers')
})
