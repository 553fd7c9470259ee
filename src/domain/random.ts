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

/** A seed of its own for one use of a load's seed, so that two uses do not draw alike. Method: FNV-1a. */
export function purposeSeed(seed: number, purpose: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < purpose.length; i++) hash = Math.imul(hash ^ purpose.charCodeAt(i), 0x01000193)
  return seed + (hash >>> 0)
}

/** A draw from the exponential distribution with mean 1. */
export function unitExponential(random: Random): number {
  return -Math.log(1 - random())
}

/** A draw from the normal distribution with mean 0 and deviation 1. @see Marsaglia and Bray, SIAM Review 6 (1964) */
export function standardNormal(random: Random): number {
  for (;;) {
    const x = 2 * random() - 1
    const y = 2 * random() - 1
    const square = x * x + y * y
    // The second of the pair is thrown away: a draw must not depend on what was drawn before.
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square)
  }
}

/**
 * A draw from the gamma distribution with this shape and mean 1: 1 is the exponential distribution, its variance is
 * 1 / shape. Exact, by rejection. @see Marsaglia and Tsang, ACM TOMS 26 (2000)
 */
export function unitGamma(random: Random, shape: number): number {
  // Below 1 the density has no mode: draw one shape higher and scale by a power of an even draw.
  if (shape < 1) return ((unitGamma(random, shape + 1) * (shape + 1)) / shape) * Math.pow(1 - random(), 1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = standardNormal(random)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return (d * v) / shape
  }
}
