import { significant } from '../../../src/format/quantity-text.ts'
import { formatUnit } from '../../../src/format/resource-text.ts'
import type { ChartSpec, ChartUnit } from '../chart-spec.ts'

/** A value of a chart with its unit; n/a where there is none. */
export function unitText(unit: ChartUnit, value: number | null | undefined): string {
  return formatUnit(unit, value ?? null)
}

/** Where a point lies: `12.5 s`, `p99.9`, the name of a run, `40/s`. */
export function placeText({ x }: ChartSpec, value: number): string {
  switch (x.scale) {
    case 'seconds':
      return `${significant(value)} s`
    case 'nines':
      return `p${significant100(100 - 100 / value)}`
    case 'names':
      return x.names?.[value] ?? ''
    case 'level':
      return unitText(x.unit ?? 'count', value)
  }
}

/** Percentiles keep their nines: 99.95 must not become 100. */
function significant100(percent: number): string {
  const nines = Math.max(0, Math.ceil(-Math.log10(Math.max(1e-9, (100 - percent) / 100))) - 1)
  return String(Number(percent.toFixed(nines)))
}
