/** Documents of earlier schemas, brought up one version at a time; each step is pure, and files are never rewritten. */
type Migration = (document: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

const MIGRATIONS: Readonly<Record<string, Migration>> = {
  // Stages, origin and the merge base came with the second schema.
  'perf/run@1': (run) => ({
    ...run,
    schema: 'perf/run@2',
    source: isObject(run['source']) ? { ...run['source'], mergeBase: null } : run['source'],
    loads: Array.isArray(run['loads'])
      ? run['loads'].map((load: unknown) => (isObject(load) ? { ...load, origin: 'measured', stages: [] } : load))
      : run['loads'],
  }),
}

/** The document in the newest schema that is known; anything else as it is. */
export function migrated(document: unknown): unknown {
  let current = document
  for (;;) {
    const migration = isObject(current) ? MIGRATIONS[String(current['schema'])] : undefined
    if (migration === undefined) return current
    current = migration(current as Readonly<Record<string, unknown>>)
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
