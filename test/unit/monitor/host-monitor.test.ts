import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { HostMonitor } from '../../../src/monitor/host-monitor.ts'

/** A machine's /proc and /sys; files may be written again. */
function machine(files: Readonly<Record<string, string>>): {
  monitor: HostMonitor
  write: (path: string, text: string) => void
} {
  const root = mkdtempSync(join(tmpdir(), 'perf-host-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  return { monitor: new HostMonitor({ proc: join(root, 'proc'), sys: join(root, 'sys') }), write }
}

const stat = (...cores: readonly (readonly number[])[]): string =>
  ['cpu  9 9 9 9 9 9 9 9 0 0', ...cores.map((ticks, i) => `cpu${i} ${ticks.join(' ')} 0 0`), 'intr 1 2 3', ''].join(
    '\n',
  )

test('tells what each core did, what waited for disks and what a hypervisor took', () => {
  const { monitor, write } = machine({ 'proc/stat': stat([0, 0, 0, 0, 0, 0, 0, 0], [100, 0, 0, 0, 0, 0, 0, 0]) })
  expect(monitor.start()).toEqual([])
  expect(monitor.sample(0)).not.toHaveProperty('cpuShare')
  // user, nice, system, idle, iowait, irq, softirq, steal
  write('proc/stat', stat([20, 5, 10, 40, 5, 3, 2, 15], [100, 0, 0, 100, 0, 0, 0, 0]))
  expect(monitor.sample(1e6)).toMatchObject({
    cpuShare: 0.2,
    busiestCore: 0.4,
    cpuIowait: 0.025,
    cpuSteal: 0.075,
    'core:0': 0.4,
    'core:1': 0,
  })
})

test('a core that is switched off gives no shares of that moment', () => {
  const { monitor, write } = machine({ 'proc/stat': stat([0, 0, 0, 9, 0, 0, 0, 0], [0, 0, 0, 9, 0, 0, 0, 0]) })
  monitor.sample(0)
  write('proc/stat', stat([5, 0, 0, 10, 0, 0, 0, 0]))
  expect(monitor.sample(1e6)).not.toHaveProperty('cpuShare')
})

test('memory is what others cannot have, and swap what is used of it', () => {
  const { monitor } = machine({
    'proc/meminfo': 'MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 600 kB\nSwapTotal: 50 kB\nSwapFree: 20 kB\n',
  })
  expect(monitor.sample(0)).toMatchObject({ memory: 400 * 1024, swap: 30 * 1024 })
})

const NETWORK = (eth: number, bridge: number): string =>
  [
    'Inter-|   Receive |  Transmit',
    ' face |bytes packets errs drop fifo frame compressed multicast|bytes packets',
    '    lo: 999 0 0 0 0 0 0 0 999 0',
    `  eth0:${eth} 0 0 0 0 0 0 0 ${2 * eth} 0`,
    `  br0: ${bridge} 0 0 0 0 0 0 0 ${bridge} 0`,
    '',
  ].join('\n')

test('counts the bytes of devices once, and of all interfaces where there is no device', () => {
  const bare = machine({ 'proc/net/dev': NETWORK(1000, 50) })
  const real = machine({ 'proc/net/dev': NETWORK(1000, 50), 'sys/class/net/eth0/device/x': '' })
  for (const { monitor, write } of [bare, real]) {
    monitor.sample(0)
    write('proc/net/dev', NETWORK(3000, 150))
  }
  expect(real.monitor.sample(2e6)).toMatchObject({ networkReceived: 1000, networkSent: 2000 })
  expect(bare.monitor.sample(2e6)).toMatchObject({ networkReceived: 1050, networkSent: 2050 })
})

test('counts sectors of disks, not of their partitions, and none where there is no disk', () => {
  const disks = (sectors: number): string =>
    ` 8 0 sda 1 0 ${sectors} 0 1 0 ${2 * sectors} 0\n 8 1 sda1 1 0 ${sectors} 0 1 0 ${sectors} 0\n`
  const { monitor, write } = machine({ 'proc/diskstats': disks(0), 'sys/block/sda/device/x': '' })
  monitor.sample(0)
  write('proc/diskstats', disks(1000))
  expect(monitor.sample(1e6)).toMatchObject({ diskRead: 512_000, diskWritten: 1_024_000 })
  expect(machine({ 'proc/diskstats': disks(0) }).monitor.sample(0)).not.toHaveProperty('diskRead')
})

test('reads the hottest sensor of the processor and the clock of its cores', () => {
  const { monitor } = machine({
    'sys/class/thermal/thermal_zone0/type': 'acpitz\n',
    'sys/class/thermal/thermal_zone0/temp': '90000\n',
    'sys/class/thermal/thermal_zone1/type': 'x86_pkg_temp\n',
    'sys/class/thermal/thermal_zone1/temp': '61500\n',
    'sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '3000000\n',
    'sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq': '2000000\n',
  })
  expect(monitor.sample(0)).toMatchObject({ temperature: 61.5, clock: 2.5e9 })
})

test('without /proc there are CPU, memory and load average, one line says so, and nothing else is made up', () => {
  const { monitor } = machine({})
  expect(monitor.start()).toEqual([expect.stringMatching(/^on \w+ only CPU, memory and load average .* n\/a$/)])
  const keys = Object.keys(monitor.sample(0)).filter((key) => key !== 'loadAverage')
  expect(keys).toEqual(['memory'])
})
