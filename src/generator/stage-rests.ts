import { below, CONNECT_STAGES, inferredName, OVERLAP, parentPath, REST, stagePath } from '../domain/stage-name.ts'

/** Clocks of two machines and rounding to whole milliseconds make a sum of parts a little longer than the whole. */
const TOLERANCE_US = 1000

/**
 * What follows from the stages of one request: the stages that only their parts tell of, which are the sum of these, and
 * what is left of each stage and of the latency when the parts are taken off. Parts that are longer than their whole leave
 * no rest: they overlap (or were given in a wrong unit), and that is what is told.
 * @param totalUs the latency
 * @returns names with microseconds; none where the server told no stage
 */
export function stageRests(stages: ReadonlyMap<string, number>, totalUs: number): [name: string, us: number][] {
  const told = [...stages.keys()]
  if (told.every((name) => CONNECT_STAGES.has(name))) return []
  const known = new Map(Array.from(stages, ([name, us]) => [stagePath(name), us]))
  const parts = new Map<string, number>([['', 0]])
  for (const path of known.keys()) {
    for (let parent = parentPath(path); parent !== ''; parent = parentPath(parent)) parts.set(parent, 0)
  }
  const found: [string, number][] = []
  const add = (path: string, us: number): void => {
    const parent = parentPath(path)
    parts.set(parent, parts.get(parent)! + us)
  }
  for (const [path, us] of known) add(path, us)
  // The deepest first: a stage that is the sum of its parts is itself a part.
  for (const path of [...parts.keys()].filter(Boolean).sort((a, b) => depth(b) - depth(a))) {
    const us = known.get(path)
    const sumUs = parts.get(path)!
    if (us !== undefined) found.push(rest(path, us - sumUs))
    else {
      found.push([inferredName(path), sumUs])
      add(path, sumUs)
    }
  }
  return [...found, rest('', totalUs - parts.get('')!)]
}

function rest(path: string, leftUs: number): [string, number] {
  return leftUs < -TOLERANCE_US ? [below(path, OVERLAP), -leftUs] : [below(path, REST), Math.max(0, leftUs)]
}

function depth(path: string): number {
  return path.split('/').length
}
