import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import { type Random, standardNormal, unitExponential } from '../domain/random.ts'

/** A value drawn anew for each request from a list. Plain data: it may stand in a suite of YAML as well. */
export interface Choice<Value> {
  readonly $choice: readonly Value[]
  /** One for each value, relative to each other. @default all alike */
  readonly weights?: readonly number[]
}

/** Numbers to draw from: evenly from a pair, or around a centre as think times are. */
export type Spread =
  | readonly [least: number, most: number]
  | { readonly normal: readonly [mean: number, deviation: number] }
  /** `sigma` is the deviation of the logarithm. */
  | { readonly lognormal: readonly [median: number, sigma: number] }
  | { readonly exponential: number }

/** Bounds of a {@link Range}; what is drawn beyond them is drawn again. */
export interface RangeBounds {
  /** @default 1 for whole numbers, else none */
  readonly min?: number
  readonly max?: number
  /** @default whether both ends, or centre and deviation, are whole (of lognormal: the median) */
  readonly whole?: boolean
}

/** A number drawn anew for each request. */
export interface Range extends RangeBounds {
  readonly $range: Spread
}

/** A value, or how to draw one for each request. */
export type Drawn<Value> = Value | Choice<Value> | (Value extends number ? Range : never)

/**
 * One of these values for each request: `maxTokens: choice([64, 128])`, `temperature: choice([0.2, 0.9], { weights: [3, 1] })`,
 * anywhere in a JSON body too. Request k of a load draws the same for the same seed, whatever the number of generators.
 * @throws LoadError `invalid-option`
 */
export function choice<Value>(
  values: readonly Value[],
  { weights }: { readonly weights?: readonly number[] } = {},
): Choice<Value> {
  return checkedDraw('choice(values, { weights })', {
    $choice: values,
    ...(weights === undefined ? {} : { weights }),
  }) as Choice<Value>
}

/**
 * A number for each request: `range([16, 256])` evenly, whole because both ends are; `range([0.2, 0.9])`;
 * `range({ lognormal: [128, 0.5] }, { max: 1024 })`.
 * @throws LoadError `invalid-option`
 */
export function range(spread: Spread, bounds: RangeBounds = {}): Range {
  return checkedDraw('range(spread, { min, max, whole })', { ...bounds, $range: spread }) as Range
}

/** True for what {@link choice} and {@link range} give, and for the same written as data. */
export function isDraw(value: unknown): value is Choice<unknown> | Range {
  return typeof value === 'object' && value !== null && ('$choice' in value || '$range' in value)
}

/** True for a JSON text with a draw in it. */
export function holdsDraw(json: string): boolean {
  return json.includes('"$choice":') || json.includes('"$range":')
}

/** @throws LoadError `invalid-option` when it is no draw that can be made */
export function checkedDraw(where: string, draw: Choice<unknown> | Range): Choice<unknown> | Range {
  return '$choice' in draw ? checkedChoice(where, draw) : checkedRange(where, draw)
}

function checkedChoice(where: string, draw: Choice<unknown>): Choice<unknown> {
  const { $choice: values, weights, ...others } = draw
  refuseOthers(where, others, 'weights')
  if (!Array.isArray(values) || values.length === 0)
    throw refused(where, 'values', values, 'takes a list of at least one value')
  if (weights === undefined) return draw
  const takes = `takes ${values.length} numbers from 0, one for each value, not all 0`
  const fits = Array.isArray(weights) && weights.length === values.length && weights.every((one) => isFinite(one, 0))
  if (!fits || !weights.some((one) => one > 0)) throw refused(where, 'weights', weights, takes)
  return draw
}

const SPREAD_FORM =
  'takes [least, most], { normal: [mean, deviation] }, { lognormal: [median, sigma] } or { exponential: mean }'

function checkedRange(where: string, draw: Range): Range {
  const { $range: spread, min, max, whole, ...others } = draw
  refuseOthers(where, others, 'min, max and whole')
  if (!isSpread(spread)) throw refused(where, 'spread', spread, SPREAD_FORM)
  for (const [name, bound] of Object.entries({ min, max })) {
    if (bound !== undefined && !isFinite(bound)) throw refused(where, name, bound, 'takes a number')
  }
  if (whole !== undefined && typeof whole !== 'boolean') throw refused(where, 'whole', whole, 'takes true or false')
  if (Array.isArray(spread) && (min ?? max) !== undefined)
    throw refused(where, min === undefined ? 'max' : 'min', min ?? max, 'takes none beside a pair, which has its ends')
  if (min !== undefined && max !== undefined && min > max) throw refused(where, 'max', max, `takes at least min ${min}`)
  return draw
}

function isSpread(spread: unknown): spread is Spread {
  if (typeof spread !== 'object' || spread === null) return false
  if (Array.isArray(spread)) {
    const [least, most, ...further] = spread as unknown[]
    return further.length === 0 && isFinite(least) && isFinite(most, least)
  }
  const [[name, value] = [], ...more] = Object.entries(spread) as [string, unknown][]
  if (more.length > 0) return false
  if (name === 'exponential') return isFinite(value, 0) && value > 0
  if (!Array.isArray(value) || value.length !== 2) return false
  const [centre, deviation] = value as unknown[]
  if (!isFinite(deviation, 0)) return false
  return name === 'normal' ? isFinite(centre) : name === 'lognormal' && isFinite(centre, 0) && centre > 0
}

function isFinite(value: unknown, least = -Infinity): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= least
}

function refuseOthers(where: string, others: object, known: string): void {
  const [name] = Object.keys(others)
  if (name !== undefined) throw new LoadError('invalid-option', `${where}: no option is called ${name}, takes ${known}`)
}

function refused(where: string, what: string, got: unknown, takes: string): LoadError {
  return new LoadError('invalid-option', `${where}: ${what}: got ${describe(got)}, ${takes}`)
}

/** Which of the values of a choice is taken. */
export function drawnIndex({ $choice: values, weights }: Choice<unknown>, random: Random): number {
  if (weights === undefined) return Math.floor(random() * values.length)
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0)
  const index = weights.findIndex((weight) => (left -= weight) < 0)
  // Rounding may leave the last bit over: it falls to the last value that can be drawn.
  return index < 0 ? weights.findLastIndex((weight) => weight > 0) : index
}

/** Tries before a bound is taken instead: bounds that far out are a mistake, and must not hang a load. */
const MOST_TRIES = 1000

/** A number of a range. */
export function drawnNumber(range: Range, random: Random): number {
  const { $range: spread, max = Infinity } = range
  const whole = range.whole ?? isWhole(spread)
  if (Array.isArray(spread)) {
    const [least, most] = spread as readonly [number, number]
    if (!whole) return least + random() * (most - least)
    return Math.ceil(least) + Math.floor(random() * (Math.floor(most) - Math.ceil(least) + 1))
  }
  const min = range.min ?? (whole ? 1 : -Infinity)
  for (let i = 0; i < MOST_TRIES; i++) {
    const value = around(spread as Exclude<Spread, readonly unknown[]>, random)
    const number = whole ? Math.round(value) : value
    if (number >= min && number <= max) return number
  }
  return min > -Infinity ? min : max
}

function isWhole(spread: Spread): boolean {
  if (Array.isArray(spread)) return spread.every(Number.isInteger)
  if ('normal' in spread) return spread.normal.every(Number.isInteger)
  return Number.isInteger('lognormal' in spread ? spread.lognormal[0] : (spread as { exponential: number }).exponential)
}

function around(spread: Exclude<Spread, readonly unknown[]>, random: Random): number {
  if ('normal' in spread) return spread.normal[0] + spread.normal[1] * standardNormal(random)
  if ('lognormal' in spread) return spread.lognormal[0] * Math.exp(spread.lognormal[1] * standardNormal(random))
  return spread.exponential * unitExponential(random)
}
