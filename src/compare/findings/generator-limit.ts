import type { LoadFinding } from '../../domain/finding.ts'
import type { ValidityCause } from '../../domain/validity.ts'
import { formatShare, significant } from '../../format/quantity-text.ts'
import { type FindingFacts, numbersOf } from './finding-facts.ts'

/** Causes for an invalid measurement that lie in the generator. */
const CAUSES: ReadonlySet<ValidityCause> = new Set(['generator-late', 'generator-busy', 'rate-not-reached'])
/** Half of the samples: the machine had no core to spare for most of the time. */
const FULL_MACHINE = 0.95

/** The generator could not do what it was asked to: no number says anything about the target. */
export function generatorLimit({ data }: FindingFacts): LoadFinding | null {
  const found = data.validity.findings.filter(({ cause, severity }) => severity === 'invalid' && CAUSES.has(cause))
  if (found.length === 0) return null
  const generators = data.health.reduce((sum, { cpuShare }) => sum + cpuShare, 0)
  const host = numbersOf(data, 'cpuShare').find(({ watched }) => watched.kind === 'host')
  const isFull = host !== undefined && host.percentile(50) >= FULL_MACHINE
  const machine = isFull
    ? `; the CPU of this machine was ${formatShare(host.mean)} busy, ${significant(generators)} cores of it with generators`
    : ''
  return {
    kind: 'generator-limit',
    message: `the generator was the limit, not the target: ${found.map(({ message }) => message).join('; ')}${machine}`,
    advice: isFull ? 'run the target, or the load, on another machine; ' + found[0]!.advice : found[0]!.advice,
    evidence: 1,
    numbers: { generatorCores: generators, ...(host === undefined ? {} : { hostCpuShare: host.mean }) },
  }
}
