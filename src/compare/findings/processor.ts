import { mean } from '../../domain/distribution.ts'
import type { LoadFinding } from '../../domain/finding.ts'
import { formatShare, significant } from '../../format/quantity-text.ts'
import { type FindingFacts, numbersOf, strength } from './finding-facts.ts'

/** Cores that one thread can use, as far as ticks of 10 ms tell: a process that is always within is one busy thread. */
const ONE_CORE = [0.9, 1.06] as const
/** The busiest core of the machine while one thread is at its limit; it moves between cores now and then. */
const BUSIEST = 0.85
/** Requests at the target in the mean: with fewer than two, none waits for another. */
const TOGETHER = 2
/** A GPU that waits for this one core. */
const GPU_IDLE = 0.5

/** One thread of a watched process is at its limit while the machine has more to give. */
export function oneCore({ data }: FindingFacts): LoadFinding | null {
  const host = numbersOf(data, 'cpuShare').find(({ watched }) => watched.kind === 'host')
  const busiest = numbersOf(data, 'busiestCore').find(({ watched }) => watched.kind === 'host')
  const together = inService(data)
  // Without the machine's own numbers one core could as well be a quarter of each of four.
  if (host === undefined || busiest === undefined || together === null || together < TOGETHER) return null
  const cores = host.watched.cores ?? 0
  if (cores < 2 || host.percentile(90) > SATURATED || busiest.percentile(50) < BUSIEST) return null
  const own = data.health.reduce((sum, { cpuShare }) => sum + cpuShare, 0)
  const process = numbersOf(data, 'cpuCores').find(
    (one) => one.percentile(10) >= ONE_CORE[0] && one.percentile(95) <= ONE_CORE[1],
  )
  // Less than the process itself and a generator at work would leave that core to others.
  if (process === undefined || own > 0.9 * (cores - 1)) return null
  const gpus = numbersOf(data, 'gpuBusy')
  const idle = gpus.length > 0 && gpus.every((gpu) => gpu.mean < GPU_IDLE) ? gpus[0]! : null
  const gpuText = idle === null ? '' : ` while the GPU was ${formatShare(idle.mean)} busy`
  return {
    kind: 'one-core',
    message: `${process.watched.name} used ${significant(process.mean)} cores throughout, of ${cores}${gpuText}: one thread is its limit, and ${significant(together)} requests at a time wait for it`,
    advice:
      idle === null
        ? 'run more workers, or move work off that thread'
        : 'look at what runs beside the model: tokenizer, sampling, an event loop; run more API processes',
    evidence: idle === null ? 0.6 : 0.8,
    numbers: { cpuCores: process.mean, inService: together, ...(idle === null ? {} : { gpuBusy: idle.mean }) },
  }
}

/** Requests in service at a time, by Little's law. */
function inService({ series }: FindingFacts['data']): number | null {
  const { serviceTime } = series.distributions
  const serviceUs = serviceTime === undefined ? null : mean(serviceTime)
  return serviceUs === null || series.windowUs === 0 ? null : (series.events.completed * serviceUs) / series.windowUs
}

/** Of all cores, in nine of ten samples. */
const SATURATED = 0.97

/** Every core of this machine was busy: who shares them slows each other. */
export function cpuSaturated({ data }: FindingFacts): LoadFinding | null {
  const host = numbersOf(data, 'cpuShare').find(({ watched }) => watched.kind === 'host')
  if (host === undefined || host.percentile(10) < SATURATED) return null
  const generators = data.health.reduce((sum, { cpuShare }) => sum + cpuShare, 0)
  const processes = numbersOf(data, 'cpuCores')
  const users = [
    ...processes.map((one) => `${one.watched.name} ${significant(one.mean)}`),
    `generators ${significant(generators)}`,
  ]
  return {
    kind: 'cpu-saturated',
    message: `the CPU of this machine was ${formatShare(host.mean)} busy throughout (cores: ${users.join(', ')})`,
    advice: 'what shares these cores is slowed by the rest: give the target a machine, or fewer threads, of its own',
    evidence: 0.5 + 0.3 * strength(host.mean, SATURATED, 1),
    numbers: { hostCpuShare: host.mean, generatorCores: generators },
  }
}
