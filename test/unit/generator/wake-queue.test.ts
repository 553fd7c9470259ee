import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WakeQueue } from '../../../src/generator/wake-queue.ts'

test('gives back the soonest, whatever the order of pushes and pops', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(50), fc.constant('pop' as const)), { maxLength: 200 }), (operations) => {
      const queue = new WakeQueue<number>()
      const model: number[] = []
      for (const operation of operations) {
        if (operation === 'pop') expect(queue.pop()).toBe(model.shift())
        else {
          queue.push(operation, operation)
          model.push(operation)
          model.sort((a, b) => a - b)
        }
        expect(queue.nextUs).toBe(model[0] ?? Infinity)
        expect(queue.size).toBe(model.length)
      }
    }),
  )
})
