/*
 * Regularised incomplete beta function, the one special function that binomial, Clopper-Pearson and Student's t share.
 *
 * Method: the continued fraction of DLMF 8.17.22 evaluated by the modified Lentz algorithm, on the side of the mean
 * where it converges fast; the prefix in log space. Log gamma by Stirling's series (DLMF 5.11.1) after shifting the
 * argument above 10.
 * Precision: about 1e-12 for ordinary arguments, about 1e-6 relative at 1e8 (cancellation of large logarithms).
 * Fails for: nothing in the range used here (a, b > 0); work grows with the root of max(a, b).
 */

/** Natural logarithm of the gamma function for x > 0. */
function logGamma(x: number): number {
  let shift = 0
  while (x < 10) {
    shift += Math.log(x)
    x += 1
  }
  const i = 1 / x
  const i2 = i * i
  const series = i * (1 / 12 - i2 * (1 / 360 - i2 * (1 / 1260 - i2 * (1 / 1680 - i2 / 1188))))
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift
}

/**
 * I_x(a, b): the probability that a Beta(a, b) variable is at most x.
 * @param x from 0 to 1
 * @param a over 0
 * @param b over 0
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const logPrefix = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)
  // The fraction converges fast below the mean; above it the mirrored one does.
  return x < (a + 1) / (a + b + 2)
    ? (Math.exp(logPrefix) * fraction(x, a, b)) / a
    : 1 - (Math.exp(logPrefix) * fraction(1 - x, b, a)) / b
}

function fraction(x: number, a: number, b: number): number {
  const tiny = 1e-300
  const keep = (value: number): number => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / keep(1 - ((a + b) * x) / (a + 1))
  let result = d
  const limit = 200 + 10 * Math.sqrt(Math.max(a, b))
  for (let m = 1; m < limit; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / keep(1 + even * d)
    c = keep(1 + even / c)
    result *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / keep(1 + odd * d)
    c = keep(1 + odd / c)
    result *= d * c
    if (Math.abs(d * c - 1) < 1e-15) break
  }
  return result
}
