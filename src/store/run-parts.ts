import type { RunRecord } from '../domain/history.ts'

/** One shard's part of a run, as history holds it. */
export interface RunPart {
  readonly runId: string
  readonly index: number
  readonly count: number
  readonly startedAt: string
  readonly commit: string | null
  readonly branch: string | null
}

export function partOf({ runId, shard, startedAt, source }: RunRecord): RunPart {
  return { runId, ...shard, startedAt, commit: source.commit, branch: source.branch }
}

/** Shards of sharded runs that are not in history, one sentence each: nobody knows what they would have said. */
export function missingShards(parts: readonly RunPart[]): readonly string[] {
  const runs = new Map<string, RunPart[]>()
  for (const part of parts) runs.set(part.runId, [...(runs.get(part.runId) ?? []), part])
  return [...runs].flatMap(([runId, found]) =>
    Array.from({ length: found[0]!.count }, (_, i) => i + 1)
      .filter((index) => !found.some((part) => part.index === index))
      .map((index) => `shard ${index} of ${found[0]!.count} of run ${runId} is missing`),
  )
}
