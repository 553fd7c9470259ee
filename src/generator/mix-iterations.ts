import type { MixDealer } from '../plan/mix-dealer.ts'
import type { UserConnections } from './client/user-connections.ts'
import type { IterationRunner, IterationStart, RunningIteration, UserLife } from './iterations.ts'

/** Runs the parts of a mix: each iteration by the part that it falls to, under its number there. */
export class MixIterations implements IterationRunner, UserLife {
  readonly #dealer: MixDealer
  readonly #parts: readonly IterationRunner[]

  constructor(dealer: MixDealer, parts: readonly IterationRunner[]) {
    this.#dealer = dealer
    this.#parts = parts
  }

  start(iteration: IterationStart, ended: () => void): RunningIteration {
    const { part, number } = this.#dealer.deal(iteration.k)
    return this.#parts[part]!.start({ ...iteration, k: number }, ended)
  }

  /** A user of a mix is one of every part: it enters all of them, one after the other, before its first iteration. */
  get users(): UserLife {
    return this
  }

  get present(): readonly number[] {
    return [...new Set(this.#lives.flatMap(({ present }) => present))]
  }

  mustEnter(user: number): boolean {
    return this.#lives.some((life) => life.mustEnter(user))
  }

  enter(user: number, connections: UserConnections, entered: () => void): RunningIteration {
    const waiting = this.#lives.filter((life) => life.mustEnter(user))
    return oneAfterTheOther(waiting, (life, done) => life.enter(user, connections, done), entered)
  }

  leave(user: number, left: () => void): RunningIteration | null {
    return oneAfterTheOther(this.#lives, (life, done) => life.leave(user, done), left)
  }

  get #lives(): readonly UserLife[] {
    return this.#parts.flatMap(({ users }) => users ?? [])
  }
}

/** Runs what there is to run in turn; an abort ends all of it. */
function oneAfterTheOther(
  lives: readonly UserLife[],
  start: (life: UserLife, done: () => void) => RunningIteration | null,
  ended: () => void,
): RunningIteration {
  let running: RunningIteration | null = null
  let aborted = false
  const next = (i: number): void => {
    const life = lives[i]
    if (life === undefined) return ended()
    running = start(life, () => next(i + 1))
    if (running === null) return next(i + 1)
    if (aborted) running.abort()
  }
  next(0)
  return {
    abort: () => {
      aborted = true
      running?.abort()
    },
  }
}
