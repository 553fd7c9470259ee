/** Hands on answers and writes requests at the end of a turn. */
export interface TurnMember {
  /** An answer has arrived in full. */
  handOn(): void
  /** A request is ready. */
  write(): void
}

/**
 * What is left to do at the end of a turn of the event loop, after its reads: first all answers that have arrived are
 * handed on, then all requests that are ready are written.
 *
 * Not each at its place, because a turn under load reads many sockets. Reading, what the engine does about an answer and
 * writing are each a lot of code; doing one of them for all sockets before the next keeps it in the processor's caches,
 * and the target is woken once for all writes. And by the end of the turn a peer's closing of an idle connection has
 * been seen, or bytes that nobody asked for.
 */
class Turn {
  #answered: TurnMember[] = []
  #ready: TurnMember[] = []
  /** Emptied lists, used again. */
  #spare: [TurnMember[], TurnMember[]] = [[], []]
  #scheduled = false

  answered(member: TurnMember): void {
    this.#answered.push(member)
    this.#schedule()
  }

  ready(member: TurnMember): void {
    this.#ready.push(member)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#end())
  }

  #end(): void {
    const answered = this.#answered
    this.#answered = this.#spare[0]
    try {
      // Most answers make a request ready: it needs no further turn.
      for (let i = 0; i < answered.length; i++) answered[i]!.handOn()
    } finally {
      answered.length = 0
      this.#scheduled = false
    }
    const ready = this.#ready
    this.#ready = this.#spare[1]
    for (let i = 0; i < ready.length; i++) ready[i]!.write()
    ready.length = 0
    this.#spare = [answered, ready]
    if (this.#answered.length > 0) this.#schedule()
  }
}

/** One for the process, as the event loop is. */
export const turn: Turn = new Turn()
