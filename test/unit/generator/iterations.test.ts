import { expect, test } from 'vitest'
import { Iterations, type IterationStart } from '../../../src/generator/iterations.ts'
import { UserConnections } from '../../../src/generator/client/user-connections.ts'

const start: IterationStart = {
  k: 0,
  user: 0,
  connections: new UserConnections(() => 0),
  scheduledAt: 0,
  dispatchedAt: 0,
}

test('an iteration that ends while it is started ends afterwards, once', async () => {
  const seen: string[] = []
  const iterations: Iterations = new Iterations(
    {
      start: (_start, ended) => {
        ended()
        return { abort: () => {} }
      },
    },
    () => seen.push(`in flight ${iterations.inFlight}`),
  )
  await new Promise<void>((resolve) => {
    iterations.start(start, () => {
      seen.push('ended')
      resolve()
    })
    seen.push(`returned with ${iterations.inFlight}`)
  })
  expect(seen).toEqual(['returned with 1', 'ended', 'in flight 0'])
})

test('aborting ends all that runs, also those that end others', () => {
  const ends: (() => void)[] = []
  let aborted = 0
  const iterations = new Iterations(
    {
      start: (_start, ended) => {
        ends.push(ended)
        return {
          abort: () => {
            aborted++
            ended()
          },
        }
      },
    },
    () => {},
  )
  for (let i = 0; i < 3; i++) iterations.start(start, () => {})
  expect(iterations.inFlight).toBe(3)
  iterations.abortAll()
  expect(aborted).toBe(3)
  expect(iterations.inFlight).toBe(0)
})
