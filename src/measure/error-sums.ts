import type { ErrorSample } from '../domain/measurement.ts'

/** Adds up failures; those of one kind and detail on one request are one sample, with the first message. */
export class ErrorSums {
  readonly #samples = new Map<string, ErrorSample>()

  add(samples: readonly ErrorSample[]): void {
    for (const sample of samples) {
      const key = JSON.stringify([sample.request, sample.kind, sample.detail])
      const known = this.#samples.get(key)
      this.#samples.set(key, known === undefined ? sample : { ...known, count: known.count + sample.count })
    }
  }

  /** In the order of their first occurrence. */
  list(): ErrorSample[] {
    return [...this.#samples.values()]
  }
}
