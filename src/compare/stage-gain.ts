import type { StageGain } from '../domain/comparison.ts'
import type { RecordedStage } from '../domain/history.ts'

/** What each stage gave to the change from one version to another, in the order of the later one; gone stages are last. */
export function stageGains(first: readonly RecordedStage[], last: readonly RecordedStage[]): readonly StageGain[] {
  const gone = first.filter(({ name }) => !last.some((stage) => stage.name === name))
  const total = differenceOf('total', first, last)
  return [...last, ...gone].map(({ name, depth }) => {
    const differenceUs = differenceOf(name, first, last)
    return {
      name,
      depth,
      firstUs: meanOf(name, first),
      lastUs: meanOf(name, last),
      differenceUs,
      share: total === 0 ? null : differenceUs / total,
    }
  })
}

function meanOf(name: string, stages: readonly RecordedStage[]): number | null {
  return stages.find((stage) => stage.name === name)?.meanUs ?? null
}

function differenceOf(name: string, first: readonly RecordedStage[], last: readonly RecordedStage[]): number {
  return (meanOf(name, last) ?? 0) - (meanOf(name, first) ?? 0)
}
