import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { WakeQueue } from '../../../src/generator/wake-queue.ts'

test('gives back the soonest, whatever the order of pushes and pops', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(50), fc.constant('pop' as const)), { maxLength: 200 }), (operations) => {
      const queue = new WakeQueue<number>()
      const model: number[] = []
      for (const operation of operations) {
        let popped: [number | undefined, number | undefined] = [0, 0]
        if (operation === 'pop') popped = [queue.pop(), model.shift()]
        else {
          queue.push(operation, operation)
          model.push(operation)
          model.sort((a, b) => a - b)
        }
        expect(popped[0]).toBe(popped[1])
        expect(queue.nextUs).toBe(model[0] ?? Infinity)
        expect(queue.size).toBe(model.length)
      }
    }),
  )
})
