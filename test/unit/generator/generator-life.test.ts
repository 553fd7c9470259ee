import { fork } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { generatorBench } from '../../support/generator-bench.ts'
import { httpScenario, loadPlan, SECOND, users } from '../../support/load-plan.ts'

const { newGenerator, serve, bundle: bundleOf, paths } = generatorBench()

describe('one exchange', () => {
  test('shows request and response without secrets', async () => {
    const url = await serve((_request, response) => response.setHeader('set-cookie', 'sid=geheim').end('hello'))
    const generator = newGenerator()
    const scenario = httpScenario(`${url}/x?api_key=geheim&q=1`, { headers: { authorization: 'Bearer geheim' } })
    generator.prepare(loadPlan(users(1, SECOND), { scenario }))
    await generator.report('ready')
    generator.send({ kind: 'once' })
    const { exchange } = await generator.report('exchanged')
    expect(exchange).toMatchObject({
      request: { method: 'GET', body: null },
      response: { status: 200, body: 'hello' },
      failure: null,
    })
    expect(exchange.request.url).toContain('q=1')
    expect(exchange.timings['total']).toBeGreaterThan(0)
    expect(JSON.stringify(exchange)).not.toContain('geheim')
  }, 20_000)

  test('with nobody shows the failure', async () => {
    const generator = newGenerator()
    generator.prepare(loadPlan(users(1, SECOND), { scenario: httpScenario('http://127.0.0.1:9/') }))
    await generator.report('ready')
    generator.send({ kind: 'once' })
    expect((await generator.report('exchanged')).exchange).toMatchObject({
      response: null,
      failure: { kind: 'connection', detail: 'refused' },
    })
  }, 20_000)
})

describe('a generator', () => {
  test('leaves when its parent closes the channel', async () => {
    const generator = newGenerator()
    generator.prepare(loadPlan(users(1, SECOND)))
    await generator.report('ready')
    generator.child.disconnect()
    expect(await generator.exited).toEqual({ code: 0, signal: null })
  }, 20_000)

  test('ignores Ctrl-C and leaves on SIGTERM', async () => {
    const generator = newGenerator()
    generator.prepare(loadPlan(users(1, SECOND)))
    await generator.report('ready')
    generator.child.kill('SIGINT')
    await sleep(100)
    expect(generator.child.exitCode).toBeNull()
    generator.child.kill('SIGTERM')
    expect(await generator.exited).toEqual({ code: 0, signal: null })
  }, 20_000)

  test('whose event loop is blocked dies with its parent', async () => {
    const bundle = await bundleOf('blocks', `export default () => { for (;;) {} }`)
    const plan = loadPlan(users(1, SECOND), {
      scenario: { kind: 'module', name: 'blocks', source: 'file:///blocks.scenario.ts', params: {}, bundle },
    })
    const parent = join(paths.folder, 'parent.mjs')
    writeFileSync(
      parent,
      `
      import { fork } from 'node:child_process'
      const child = fork(${JSON.stringify(paths.entry)}, { serialization: 'advanced' })
      child.on('message', ({ kind }) => {
        if (kind === 'ready') child.send({ kind: 'go', startUs: Number(process.hrtime.bigint() / 1000n) + 1000 }, () => process.send(child.pid))
      })
      child.send({ kind: 'prepare', plan: ${JSON.stringify(plan)}, part: { index: 0, count: 1 }, parentPid: process.pid })
      setInterval(() => {}, 1000)`,
    )
    const middle = fork(parent, { stdio: 'ignore' })
    const pid = await new Promise<number>((resolve) => middle.once('message', (message) => resolve(message as number)))
    await sleep(300)
    expect(isAlive(pid)).toBe(true)
    middle.kill('SIGKILL')
    const deadline = Date.now() + 2000
    while (isAlive(pid) && Date.now() < deadline) await sleep(50)
    expect(isAlive(pid)).toBe(false)
  }, 20_000)
})

function isAlive(pid: number): boolean {
  try {
    // An orphan that has died may stay in the table until somebody collects it.
    if (process.platform === 'linux') return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
