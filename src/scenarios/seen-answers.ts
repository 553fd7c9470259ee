/** Answers that are remembered; the oldest are forgotten, so that memory is bounded. */
const MOST_SEEN = 4096

/** Remembers which answer was given to what, to find a service that answers everything alike. */
export class SeenAnswers {
  readonly #questions = new Map<string, string>()

  /** @returns another question that got the same answer; `null` when none is known */
  other(answer: string, question: string): string | null {
    const known = this.#questions.get(answer)
    if (known !== undefined) return known === question ? null : known
    if (this.#questions.size === MOST_SEEN) this.#questions.delete(this.#questions.keys().next().value!)
    this.#questions.set(answer, question)
    return null
  }
}
