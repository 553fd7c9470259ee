import type { RunReport } from '../spec-result.ts'
import { metricFamilies } from './metric-families.ts'

export interface StatsdNaming {
  /** What names begin with. */
  readonly prefix: string
  /** Whether labels are tags, after DogStatsD, or parts of the name. */
  readonly tags: boolean
}

/** Datagrams up to here pass an Ethernet in one piece. */
const MOST_BYTES = 1432

/**
 * The run as datagrams of StatsD: gauges, which keep their value until the next run. Timers would count one run's p99 as a
 * request.
 * @see https://github.com/statsd/statsd/blob/master/docs/metric_types.md
 * @see https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/
 */
export function statsdDatagrams(report: RunReport, naming: StatsdNaming): readonly string[] {
  const datagrams: string[] = []
  let datagram = ''
  for (const line of statsdLines(report, naming)) {
    const longer = datagram === '' ? line : `${datagram}\n${line}`
    if (datagram !== '' && Buffer.byteLength(longer) > MOST_BYTES) {
      datagrams.push(datagram)
      datagram = line
    } else datagram = longer
  }
  return datagram === '' ? datagrams : [...datagrams, datagram]
}

function statsdLines(report: RunReport, naming: StatsdNaming): string[] {
  return metricFamilies(report).flatMap((family) => {
    const name = family.unit === null ? family.name : `${family.name}_${family.unit.suffix}`
    if (family.kind === 'gauge') return family.points.map(({ labels, value }) => line(name, '', labels, value))
    return family.points.flatMap(({ labels, value: { count, sum, quantiles } }) =>
      [
        ...quantiles.map(([quantile, value]) => [quantile === 1 ? 'max' : `p${quantile * 100}`, value] as const),
        ['mean', sum / count] as const,
        ['count', count] as const,
      ].map(([part, value]) => line(name, part, labels, value)),
    )
  })

  function line(name: string, part: string, labels: Readonly<Record<string, string>>, value: number): string {
    const { prefix, tags } = naming
    const { project = '', file = '', test = '', load = '', ...rest } = tags ? {} : labels
    // A gauge's value with a sign would be added to the one before.
    const text = [
      prefix,
      ...[project, file, test, load, name, ...Object.values(rest), part].filter((one) => one !== '').map(segment),
    ].join('.')
    return `${text}:${plain(value)}|g${tags ? `|#${Object.entries(labels).map(tag).join(',')}` : ''}`
  }
}

/** A part of a name: dots part names, and what else servers take for more than a letter is replaced. */
function segment(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}_-]+/gu, '_').replaceAll(/^_+(?=.)|(?<=.)_+$/g, '')
}

function tag([name, text]: readonly [string, string]): string {
  // oxlint-disable-next-line no-control-regex -- a line break would begin another metric
  return `${name}:${text.replaceAll(/[,|#\u0000-\u001F\u007F]+/g, '_')}`
}

/** Without an exponent, which not every server reads. */
function plain(value: number): string {
  return Math.abs(value) < 1e-6 ? value.toFixed(12).replace(/\.?0+$/, '') : String(value)
}
