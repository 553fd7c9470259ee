/** The value at a dotted path, `choices.0.text`; `undefined` where there is none. */
export function atPath(value: unknown, path: string): unknown {
  return path.split('.').reduce(member, value)
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined
}
