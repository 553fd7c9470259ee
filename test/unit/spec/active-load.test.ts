import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { ENVELOPE, type RunningEnvelope } from '../../../src/pool/protocol.ts'
import { ActiveLoad } from '../../../src/spec/active-load.ts'

const nowUs = (): number => Number(process.hrtime.bigint() / 1000n)
const running = (startUs: number, openUs: number | null): RunningEnvelope => ({
  [ENVELOPE]: true,
  kind: 'running',
  id: 1,
  startUs,
  openUs,
})

/** A load whose clock started so long ago, and whose window opened then. */
function started(
  agoMs: number,
  openAgoMs: number | null = agoMs,
): { readonly active: ActiveLoad; readonly startUs: number } {
  const active = new ActiveLoad(nowUs)
  const startUs = nowUs() - agoMs * 1e3
  active.running(running(startUs, openAgoMs === null ? null : nowUs() - openAgoMs * 1e3))
  return { active, startUs }
}

/** Whether a promise is settled once all that is due has happened. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  void promise.then(
    () => (settled = true),
    () => (settled = true),
  )
  await sleep(0)
  return settled
}

describe('at', () => {
  test('resolves when so much of the window has passed, and not before', async () => {
    const openedUs = nowUs() - 20e3
    const { active } = started(100, 20)
    await active.at('5ms')
    await active.at('50ms')
    expect(nowUs() - openedUs).toBeGreaterThanOrEqual(50e3)
  })

  test('waits for a window whose opening is not known yet', async () => {
    const { active, startUs } = started(50, null)
    const waiting = active.at(0)
    expect(await settles(waiting)).toBe(false)
    active.running(running(startUs, nowUs()))
    await waiting
  })

  test.each([
    ['a time that never came', started(50), '10s'],
    ['a window that never opened', started(50, null), '0ms'],
    ['a load that never started', { active: new ActiveLoad(nowUs) }, '0ms'],
  ] as const)('rejects when the load has ended before: %s', async (_, { active }, time) => {
    const waiting = active.at(time)
    active.end()
    await expect(waiting).rejects.toThrow(`at('${time}'): the load has ended before`)
    await expect(active.at(time)).rejects.toThrow('the load has ended before')
  })

  test('takes a time', async () => {
    await expect(started(0).active.at('soon' as never)).rejects.toThrow("at(time): got 'soon', takes a duration")
  })
})

describe('what is done to the target', () => {
  test('is recorded by the time of the call, since the start of the run', async () => {
    const { active, startUs } = started(5000)
    const before = nowUs() - startUs
    await active.mark('deploy')
    await active.kill({ kill: () => Promise.resolve(true) })
    await active.kill({ kill: () => Promise.resolve(false) }, 'SIGTERM')
    await active.kill({ kill: () => Promise.resolve(false) }, 'SIGSTOP')
    await active.kill({ kill: () => Promise.resolve(false) }, 'SIGCONT')
    expect(active.events).toMatchObject([
      { kind: 'mark', name: 'deploy', errorUs: 0 },
      { kind: 'fault', name: 'SIGKILL', errorUs: expect.any(Number) },
      // It still runs: when it will be gone is not known.
      { kind: 'fault', name: 'SIGTERM', errorUs: null },
      { kind: 'fault', name: 'SIGSTOP', errorUs: expect.any(Number) },
      { kind: 'mark', name: 'SIGCONT' },
    ])
    for (const { atUs } of active.events) expect(atUs).toBeGreaterThanOrEqual(before)
  })

  test('is not recorded when it did not happen', async () => {
    const { active } = started(0)
    await expect(active.kill({ kill: () => Promise.reject(new Error('it does not run')) })).rejects.toThrow(
      'it does not run',
    )
    expect(active.events).toEqual([])
  })

  test('waits for the start of the load, and is refused after its end', async () => {
    const active = new ActiveLoad(nowUs)
    const marking = active.mark('early')
    expect(await settles(marking)).toBe(false)
    active.running(running(nowUs(), null))
    await marking
    active.end()
    await expect(active.mark('late')).rejects.toThrow("mark('late'): the load has ended before")
    let killed = false
    const target = { kill: () => Promise.resolve((killed = true)) }
    await expect(active.kill(target)).rejects.toThrow("kill(..., 'SIGKILL'): the load has ended before")
    expect(killed).toBe(false)
    expect(active.events.map(({ name }) => name)).toEqual(['early'])
  })

  test('is a process when a number names one, which is waited for', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    const exited = once(child, 'exit')
    const { active } = started(0)
    await active.kill(child.pid!)
    expect(await exited).toEqual([null, 'SIGKILL'])
    expect(active.events).toMatchObject([{ kind: 'fault', name: 'SIGKILL', errorUs: expect.any(Number) }])
    await expect(active.kill(child.pid!)).rejects.toThrow(`kill(${child.pid}, 'SIGKILL')`)
  })

  test.each<readonly [string, unknown, string | undefined, RegExp]>([
    ['the own process', process.pid, undefined, /takes the id of a process other than the test's own, or a server\(\)/],
    ['its parent', process.ppid, undefined, /takes the id of a process/],
    ['a process group', -5, undefined, /kill\(pid\): got -5/],
    ['every process', -1, undefined, /kill\(pid\): got -1/],
    ['the first process', 1, undefined, /kill\(pid\): got 1,/],
    ['nothing', undefined, undefined, /kill\(target\): got undefined, takes a server\(\) or a process id/],
    ['an object with a pid of its own', { pid: 4711 }, undefined, /kill\(target\): got \{"pid":4711\}/],
    ['no signal', 4711, 'SIGNAL', /kill\(target, signal\): got 'SIGNAL', takes the name of a signal/],
  ])('is never %s', async (_, target, signal, message) => {
    const { active } = started(0)
    await expect(active.kill(target as number, signal as NodeJS.Signals)).rejects.toThrow(message)
    expect(active.events).toEqual([])
  })
})

test('a failure of what is done ends the load, unless it has ended', () => {
  const { active } = started(0)
  active.fail('it threw')
  expect([active.failed, active.controller.signal.reason]).toEqual([true, 'it threw'])
  const over = started(0).active
  over.end()
  over.fail('it threw')
  expect([over.failed, over.controller.signal.aborted]).toEqual([false, false])
})
