const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** A horizontal bar of at most `width` cells for `value` of `max`, in eighths of a cell; something is never nothing. */
export function bar(value: number, max: number, width: number): string {
  if (!(value > 0) || !(max > 0) || width < 1) return ''
  const eighths = Math.max(1, Math.round(Math.min(1, value / max) * width * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]
}

/** One character per value, from lowest to highest; a space for a missing value. All equal values stay in the middle. */
export function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null)
  const low = Math.min(...known)
  const span = Math.max(...known) - low
  return values
    .map((value) => {
      if (value === null) return ' '
      return LEVELS[span === 0 ? 3 : Math.round(((value - low) / span) * (LEVELS.length - 1))]
    })
    .join('')
}
