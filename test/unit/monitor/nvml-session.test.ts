import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DeviceReading } from '../../../src/monitor/nvml-device.ts'
import { NvmlLibrary } from '../../../src/monitor/nvml-library.ts'
import { NvmlSession } from '../../../src/monitor/nvml-session.ts'
import { HAS_COMPILER, NvmlStub } from '../../support/nvml-stub.ts'

describe.runIf(HAS_COMPILER)('a driver', () => {
  let stub: NvmlStub
  beforeAll(() => {
    stub = new NvmlStub()
  })
  beforeEach(() => stub.rule())
  afterAll(() => stub.remove())

  const opened = async (): Promise<NvmlSession> => NvmlSession.open(await NvmlLibrary.open(stub.path))
  const read = async (session: NvmlSession, which = [0]): Promise<DeviceReading> =>
    (await session.read(which, true))[0]!

  test('tells its devices', async () => {
    const { devices } = await opened()
    expect(devices).toEqual([
      {
        name: 'gpu 0',
        index: 0,
        memoryBytes: 80e9,
        identity: {
          model: 'Stub H100',
          uuid: 'GPU-10000000-0000',
          driver: '550.54.15',
          unifiedMemory: false,
          partOf: null,
        },
      },
      {
        name: 'gpu 1',
        index: 1,
        memoryBytes: 80e9,
        identity: {
          model: 'Stub H100',
          uuid: 'GPU-20000000-0000',
          driver: '550.54.15',
          unifiedMemory: false,
          partOf: null,
        },
      },
    ])
  })

  test('tells what was planted, in our units', async () => {
    const session = await opened()
    expect(await session.read([1, 0], true)).toMatchObject([
      { values: { gpuBusy: 0.9, gpuMemory: 6e9 } },
      {
        values: {
          gpuBusy: 0.91,
          gpuMemoryBusy: 0.37,
          gpuMemory: 5e9,
          gpuPower: 312.5,
          temperature: 66,
          gpuClock: 1980e6,
          gpuMemoryClock: 2619e6,
          throttlePowerCap: 1,
          throttleSoftwareThermal: 1,
          throttleHardwareThermal: 0,
          throttleHardware: 0,
          eccCorrected: 3,
          eccUncorrected: 3,
        },
        // One that computes and draws counts once.
        processes: [
          { pid: 4711, bytes: 2e9 },
          { pid: 4712, bytes: null },
        ],
      },
    ])
    // The bus is watched for the next reading, one device and direction at a time.
    for (let turn = 0; turn < 4; turn++) await session.readPcie([0, 1])
    expect(await session.read([0, 1], false)).toMatchObject([
      { values: { pcieReceived: 2.5e6, pcieSent: 1.5e6 }, processes: null },
      { values: { pcieReceived: 2.5e6, pcieSent: 1.5e6 } },
    ])
    expect((await read(session)) as object).not.toHaveProperty('values.pcieSent')
  })

  test('is asked again with more room when more processes came than there was room for', async () => {
    stub.rule('processes 500')
    const reading = await read(await opened())
    expect('processes' in reading && reading.processes).toHaveLength(500)
  })

  test.each([3, 4, 13])('is not asked again for what it does not tell (%i), and the rest goes on', async (code) => {
    stub.rule(`call nvmlDeviceGetPowerUsage * 0 ${code}`, `call nvmlDeviceGetUtilizationRates * 0 ${code}`)
    const session = await opened()
    expect(await read(session)).not.toHaveProperty('values.gpuPower')
    stub.rule()
    const later = await read(session)
    expect(later).not.toHaveProperty('values.gpuPower')
    expect(later).not.toHaveProperty('values.gpuBusy')
    expect(later).toHaveProperty('values.gpuMemory', 5e9)
  })

  test('may fail for a moment', async () => {
    stub.rule('call nvmlDeviceGetPowerUsage 0 0 999')
    const session = await opened()
    expect(await read(session)).not.toHaveProperty('values.gpuPower')
    stub.rule()
    expect(await read(session)).toHaveProperty('values.gpuPower', 312.5)
  })

  test('has devices without memory of their own', async () => {
    stub.rule('call nvmlDeviceGetMemoryInfo_v2 0 0 3', 'call nvmlDeviceGetMemoryInfo_v2 1 0 4')
    const session = await opened()
    expect(session.devices).toMatchObject([
      { memoryBytes: null, identity: { unifiedMemory: true } },
      // Whose memory we may not see is another matter.
      { memoryBytes: null, identity: { unifiedMemory: false } },
    ])
    expect(await read(session)).not.toHaveProperty('values.gpuMemory')
  })

  test.each([
    [15, 'GPU is lost'],
    [9, 'Driver Not Loaded'],
  ])('loses one device and keeps the others (%i)', async (code, lost) => {
    const session = await opened()
    stub.rule(`call nvmlDeviceGetPowerUsage 0 0 ${code}`)
    expect(await session.read([0, 1], true)).toMatchObject([{ lost }, { values: { gpuPower: 312.5 } }])
  })

  test('tells the parts of a partitioned device, whose memory is theirs', async () => {
    stub.rule('parts 2')
    const session = await opened()
    expect(session.devices.map(({ name, memoryBytes, identity }) => [name, memoryBytes, identity.partOf])).toEqual([
      ['gpu 0', 80e9, null],
      ['gpu 0 mig 1', 10e9, 'gpu 0'],
      ['gpu 0 mig 2', 10e9, 'gpu 0'],
      ['gpu 1', 80e9, null],
    ])
    const [whole, part] = await session.read([0, 1], true)
    expect(whole).not.toHaveProperty('values.gpuMemory')
    expect(whole).toHaveProperty('values.gpuPower', 312.5)
    expect(part).toHaveProperty('values.gpuMemory', 6e9)
    expect(part).not.toHaveProperty('values.gpuBusy')
  })

  test('of an older age is asked in its own way', async () => {
    const old = new NvmlStub('-DOLD_DRIVER')
    try {
      const session = await NvmlSession.open(await NvmlLibrary.open(old.path))
      expect(await read(session)).toMatchObject({
        values: { gpuMemory: 6e9, throttlePowerCap: 1 },
        processes: [{ pid: 4711 }, { pid: 4712 }],
      })
    } finally {
      old.remove()
    }
  })

  test('that does not let us in says why', async () => {
    stub.rule('call nvmlInit_v2 * 0 9')
    await expect(opened()).rejects.toThrow('Driver Not Loaded')
  })

  test('is asked one thing at a time', async () => {
    stub.rule('call nvmlDeviceGetPowerUsage * 30 0')
    const session = await opened()
    const from = performance.now()
    await Promise.all([read(session), read(session)])
    expect(performance.now() - from).toBeGreaterThanOrEqual(60)
  })
})

test('a driver that is not there is an error', async () => {
  await expect(NvmlLibrary.open('libno-such-driver.so.1')).rejects.toThrow(/cannot open|no such|not found/i)
})
