/** One claim of a test that is written as data. */
export interface SuiteClaim {
  /** The service that it is about; `null` for the whole load. */
  readonly service: string | null
  readonly matcher: string
  /** A list for several arguments, `true` for none. */
  readonly argument: unknown
}

/** The claims of a test in their order: those under the name of a service are about that service. */
export function claimsOf(
  expected: Readonly<Record<string, unknown>>,
  services: readonly string[],
): readonly SuiteClaim[] {
  return Object.entries(expected).flatMap(([key, value]): SuiteClaim[] => {
    const isService = services.includes(key) && typeof value === 'object' && value !== null
    if (!isService) return [{ service: null, matcher: key, argument: value }]
    return Object.entries(value).map(([matcher, argument]) => ({
      service: key,
      matcher,
      argument: argument as unknown,
    }))
  })
}

/** Where a claim stands below `expect`. */
export function claimPath({ service, matcher }: SuiteClaim): readonly string[] {
  return service === null ? [matcher] : [service, matcher]
}
