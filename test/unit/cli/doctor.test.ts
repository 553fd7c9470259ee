import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { doctor } from '../../../src/cli/doctor.ts'
import { type MachineCheck, machineChecks } from '../../../src/cli/machine-checks.ts'
import { type MachineFacts, machineFacts, sameAgain, timerFacts } from '../../../src/cli/machine-facts.ts'
import { temporaryDirectory } from '../store/samples.ts'
import { Desk } from './command-place.ts'

const FIT: MachineFacts = { cores: 4, governors: ['performance'], load: 0.2, hottest: 50, throttled: 0, quota: null }
const STEADY = [1, 1.01, 0.99, 1, 1.01, 0.99]
const TIMER = { stepNs: 40, lateMs: 0.2 }
const states = (checks: readonly MachineCheck[]): string[] =>
  checks.filter(({ state }) => state !== 'ok').map(({ id, state }) => `${id} ${state}`)

test('a quiet machine is fit, and what it does not tell is no fault', () => {
  expect(states(machineChecks(FIT, TIMER, STEADY))).toEqual([])
  const silent = { ...FIT, governors: null, hottest: null, throttled: null }
  expect(states(machineChecks(silent, TIMER, STEADY))).toEqual(['governor unknown', 'thermal unknown'])
})

test.each<[string, Partial<MachineFacts>]>([
  ['governor', { governors: ['performance', 'powersave'] }],
  ['load', { load: 3 }],
  ['thermal', { hottest: 95 }],
  ['thermal', { throttled: 3 }],
  ['quota', { quota: 1.5 }],
])('warns of the %s, with advice', (id, changes) => {
  const checks = machineChecks({ ...FIT, ...changes }, TIMER, STEADY)
  expect(states(checks)).toEqual([`${id} warn`])
  expect(checks.find(({ state }) => state === 'warn')!.advice).not.toBeNull()
})

test('late timers and noise are warned of, and the noise tells what can be detected', () => {
  const checks = machineChecks(FIT, { ...TIMER, lateMs: 9 }, [1, 1.3, 0.8, 1.2])
  expect(states(checks)).toEqual(['timer warn', 'noise warn', 'detectable warn'])
  // CV 0.8165 %: (2.326 + 0.842) * 0.8944 % * sqrt(2 / 5)
  expect(machineChecks(FIT, TIMER, STEADY).at(-1)!.found).toMatch(/^1\.79 % with 5 runs of each, 1\.27 % with 10/)
})

test('reads governors, heat and quota as Linux tells them', () => {
  const root = temporaryDirectory()
  const files = {
    'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave\n',
    'sys/devices/system/cpu/cpu1/cpufreq/scaling_governor': 'powersave\n',
    'sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count': '2\n',
    'sys/class/thermal/thermal_zone0/temp': '61000\n',
    'sys/class/thermal/thermal_zone1/temp': '48500\n',
    'proc/self/cgroup': '0::/\n',
    'sys/fs/cgroup/cpu.max': '150000 100000\n',
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  expect(machineFacts(root)).toMatchObject({ governors: ['powersave'], hottest: 61, throttled: 2, quota: 1.5 })
  expect(machineFacts(temporaryDirectory())).toMatchObject({ governors: null, hottest: null, quota: null })
})

test('measures timers and the same thing again', async () => {
  expect((await timerFacts()).stepNs).toBeGreaterThan(0)
  const medians = await sameAgain(3, 20)
  expect(medians).toHaveLength(3)
  expect(Math.min(...medians)).toBeGreaterThan(0)
})

test('takes no arguments', async () => {
  await expect(new Desk().run(doctor, 'now')).rejects.toThrow(/Unexpected argument/)
})
