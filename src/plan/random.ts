/** A source of evenly distributed numbers in [0, 1). */
export type Random = () => number

/**
 * A seeded generator: sfc32 (Chris Doty-Humphrey, PractRand), 128 bits of state filled by splitmix32, 53 bits per
 * draw. The same seed and stream give the same sequence on every machine; streams of one seed are independent, so
 * that a user's draws do not depend on how users are dealt over generators. Not for secrets.
 */
export function seededRandom(seed: number, stream = 0): Random {
  const split = splitmix32((seed ^ Math.imul(stream + 1, 0x9e3779b1)) >>> 0, Math.floor(seed / 2 ** 32) | 0)
  let a = split()
  let b = split()
  let c = split()
  let counter = 1
  const next = (): number => {
    const out = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + out) | 0
    return out >>> 0
  }
  // The first outputs still show how alike two seeds are.
  for (let i = 0; i < 15; i++) next()
  return () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992
}

function splitmix32(seed: number, salt: number): () => number {
  let state = (seed + Math.imul(salt, 0x85ebca6b)) | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state ^ (state >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return (z ^ (z >>> 15)) | 0
  }
}

/** A draw from the exponential distribution with mean 1. */
export function unitExponential(random: Random): number {
  return -Math.log(1 - random())
}
