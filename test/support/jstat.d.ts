/** The parts of jStat that tests compare with; it has no types of its own. */
declare module 'jstat' {
  interface Distribution {
    cdf(x: number, ...parameters: readonly number[]): number
    inv(p: number, ...parameters: readonly number[]): number
  }
  const jStat: {
    readonly normal: Distribution
    readonly studentt: Distribution
    readonly beta: Distribution
    readonly binomial: Pick<Distribution, 'cdf'>
  }
  export default { jStat }
}
