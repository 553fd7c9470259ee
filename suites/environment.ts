import { LoadError } from 'vitest-perf'
import type { SuiteDuration, SuiteScale } from './suite-target.ts'

/** Variables by name; empty ones count as absent. */
export type Variables = Readonly<Record<string, string | undefined>>

/** A text, or `undefined` where it is absent or empty. */
export function textOf(env: Variables, name: string): string | undefined {
  const text = env[name]?.trim()
  return text === '' ? undefined : text
}

/** `PERF_SCALE=full`, else small. @throws LoadError `invalid-option` */
export function scaleOf(env: Variables): SuiteScale {
  const text = textOf(env, 'PERF_SCALE') ?? 'small'
  if (text === 'small' || text === 'full') return text
  throw wrong('PERF_SCALE', text, 'small or full')
}

/** A whole number from 1: `LLM_ITERATIONS=10`. @throws LoadError `invalid-option` */
export function countOf(env: Variables, name: string): number | undefined {
  const text = textOf(env, name)
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text) && Number(text) >= 1) return Number(text)
  throw wrong(name, text, 'a whole number from 1, such as 10')
}

/** A UDP port, 0 for none. @throws LoadError `invalid-option` */
export function portOf(env: Variables, name: string): number | undefined {
  const text = textOf(env, name)
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw wrong(name, text, 'a port from 1 to 65535, or 0 for none')
}

/** A length of time such as `10s`, `5m`, `24h`. @throws LoadError `invalid-option` */
export function durationOf(env: Variables, name: string): SuiteDuration | undefined {
  const text = textOf(env, name)
  if (text === undefined) return undefined
  if (/^(?!0+(\.0+)?[smh])\d+(\.\d+)?[smh]$/.test(text)) return text as SuiteDuration
  throw wrong(name, text, "a duration such as '10s', '5m' or '24h'")
}

/** Numbers above 0, comma between: `PERF_RATES=10,50`. @throws LoadError `invalid-option` */
export function numbersOf(env: Variables, name: string): readonly number[] | undefined {
  const parts = listOf(env, name)
  if (parts.length === 0) return undefined
  const numbers = parts.map(Number)
  if (numbers.every((number) => Number.isFinite(number) && number > 0)) return numbers
  throw wrong(name, parts.join(','), 'numbers above 0 with commas between them, such as 10,50')
}

/** Names, comma between. */
export function listOf(env: Variables, name: string): readonly string[] {
  return (textOf(env, name) ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** The address of a service without its closing slash. @throws LoadError `invalid-option` */
export function urlOf(env: Variables, name: string): string | undefined {
  const text = textOf(env, name)
  if (text === undefined) return undefined
  if (URL.canParse(text) && /^https?:\/\//.test(text)) return text.replace(/\/+$/, '')
  throw wrong(name, text, 'an address such as http://127.0.0.1:8000')
}

/** `1` or `0`. @throws LoadError `invalid-option` */
export function flagOf(env: Variables, name: string): boolean {
  const text = textOf(env, name) ?? '0'
  if (text === '1' || text === '0') return text === '1'
  throw wrong(name, text, '1 or 0')
}

/** @param takes what would have been right */
export function wrong(name: string, text: string, takes: string): LoadError {
  return new LoadError('invalid-option', `environment variable ${name}: got '${text}', takes ${takes}`)
}
