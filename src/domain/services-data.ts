import type { MeasurementData } from './measurement.ts'
import { type Validity, validityOf } from './validity.ts'

/** All of one load of several services; plain data that goes into JSON. There are no numbers of the whole. */
export interface ServicesData {
  readonly schema: 'perf/services@1'
  /** What was found in any of them, each finding under its service's name. */
  readonly validity: Validity
  /** By the name of the service. */
  readonly services: Readonly<Record<string, MeasurementData>>
}

/** The data of a whole load from those of its services. */
export function servicesData(services: Readonly<Record<string, MeasurementData>>): ServicesData {
  const findings = Object.entries(services).flatMap(([name, { validity }]) =>
    validity.findings.map((finding) => ({ ...finding, message: `${name}: ${finding.message}` })),
  )
  return { schema: 'perf/services@1', validity: validityOf(findings), services }
}
