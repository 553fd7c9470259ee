/** Things to do at a time, soonest first: a binary heap. */
export class WakeQueue<T> {
  readonly #heap: { readonly atUs: number; readonly item: T }[] = []

  get size(): number {
    return this.#heap.length
  }

  /** Time of the soonest; `Infinity` when empty. */
  get nextUs(): number {
    return this.#heap[0]?.atUs ?? Infinity
  }

  push(atUs: number, item: T): void {
    const heap = this.#heap
    const entry = { atUs, item }
    let i = heap.push(entry) - 1
    for (let parent = (i - 1) >> 1; i > 0 && heap[parent]!.atUs > atUs; parent = (i - 1) >> 1) {
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = entry
  }

  /** Takes the soonest; `undefined` when empty. */
  pop(): T | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) return undefined
    if (heap.length > 0) {
      let i = 0
      for (;;) {
        let child = 2 * i + 1
        if (child + 1 < heap.length && heap[child + 1]!.atUs < heap[child]!.atUs) child++
        if (child >= heap.length || heap[child]!.atUs >= last.atUs) break
        heap[i] = heap[child]!
        i = child
      }
      heap[i] = last
    }
    return first.item
  }
}
