import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eachLeg } from '../e2e/each-leg.ts'
import { type FixtureServer, fixtureServer } from '../support/fixture-server.ts'
import { specText } from '../support/spec-text.ts'
import { LENIENT_CONFIG, TemporaryProject } from '../support/temporary-project.ts'

let server: FixtureServer
beforeAll(async () => {
  server = await fixtureServer('plain-server')
})
afterAll(() => server.stop())

// Where nothing else runs: a third load on the machine would be waited for too.
eachLeg((leg) => {
  test('two Vitest processes take turns, and the waiter says whom it waits for', async () => {
    const spec = specText(
      `http.get('${server.url}/delay?ms=5')`,
      "{ rate: 50, duration: '3s' }",
      'expect(run).toHaveNoErrors()',
    )
    const files = { 'vitest.config.ts': LENIENT_CONFIG, 'a.perf.ts': spec }
    const [first, second] = await Promise.all([
      TemporaryProject.create(leg, files),
      TemporaryProject.create(leg, files),
    ])
    const oneMachine = { TMPDIR: tmpdir() }
    const running = first.start(['run', '--project', 'perf'], oneMachine)
    await running.saw(/measuring/)
    const waiting = second.start(['run', '--project', 'perf'], oneMachine)
    const results = await Promise.all([running.ended, waiting.ended])
    expect(results.map((result) => result.exitCode)).toEqual([0, 0])
    expect(results[1].output.replaceAll(/\s+/g, ' ')).toContain(`pid ${running.child.pid}`)
  })
})
