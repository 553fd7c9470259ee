const STAMP = Buffer.from('"t":')

/** Tells for each stamp of the server in the bytes how much later, microseconds, they were read. */
export function stampErrors(chunk: Buffer, atUs: number, error: (us: number) => void): void {
  for (let at = chunk.indexOf(STAMP); at >= 0; at = chunk.indexOf(STAMP, at + 4)) {
    let sentAt = 0
    for (let i = at + 4; chunk[i]! >= 48 && chunk[i]! <= 57; i++) sentAt = sentAt * 10 + chunk[i]! - 48
    error(atUs - sentAt)
  }
}

/** p50, p90, p99 and max; nothing of nothing. */
export function quantiles(values: readonly number[]): readonly number[] {
  if (values.length === 0) return []
  const sorted = Float64Array.from(values).sort()
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!
  return [at(0.5), at(0.9), at(0.99), sorted.at(-1)!]
}
