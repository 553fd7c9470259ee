import { LoadError } from '../domain/load-error.ts'
import { type ServicesData, servicesData } from '../domain/services-data.ts'
import type { Validity } from '../domain/validity.ts'
import { Measurement, MeasurementView } from './measurement.ts'

/**
 * A load of several services: what `load({ llm: [...], tts: [...] })` returns. The numbers are those of its services, and
 * `scenario(name)` gives them: a rate or a percentile over different services would say nothing about any of them.
 * Matchers that make sense for each service on its own also take the whole, and hold when they hold for every service.
 */
export class ServicesMeasurement<Name extends string = string> {
  /** The services as plain data, in microseconds. */
  readonly data: ServicesData
  readonly #services: ReadonlyMap<string, Measurement>

  static {
    // A number of the whole must not read as undefined, which some assertions accept.
    const views = [Measurement.prototype, MeasurementView.prototype]
    const getters = views.flatMap((view) =>
      Object.entries(Object.getOwnPropertyDescriptors(view)).flatMap(([key, property]) =>
        'get' in property ? [key] : [],
      ),
    )
    for (const key of [...getters, 'series', 'subject', 'primary']) {
      Object.defineProperty(this.prototype, key, {
        get(this: ServicesMeasurement): never {
          throw this.#ofOne(key)
        },
      })
    }
  }

  constructor(services: Readonly<Record<Name, Measurement>>) {
    const named = Object.entries<Measurement>(services)
    this.#services = new Map(named)
    this.data = servicesData(Object.fromEntries(named.map(([name, { data }]) => [name, data])))
  }

  /** Names of the services. */
  get services(): readonly Name[] {
    return [...this.#services.keys()] as Name[]
  }

  /** Worst of the services'. */
  get validity(): Validity {
    return this.data.validity
  }

  /**
   * All of one service, as a load by itself returns it: with `step(i)`, `stage(name)`, and `scenario(name)` for its named
   * requests; judged by its own profile and against its own history.
   * @throws LoadError `not-measured` when there is no such service
   */
  scenario(name: Name): Measurement {
    const service = this.#services.get(name)
    if (service !== undefined) return service
    throw new LoadError('not-measured', `scenario('${name}'): this load has the services ${this.#list()}`, {
      hint: `requests of one name belong to a service: run.scenario('${this.services[0]}').scenario('${name}')`,
    })
  }

  /** @throws LoadError `not-measured`: steps belong to a service */
  step(index: number): never {
    throw this.#ofOne(`step(${index})`)
  }

  /** @throws LoadError `not-measured`: classes of prompts belong to a service */
  promptClass(name: string): never {
    throw this.#ofOne(`promptClass('${name}')`)
  }

  /** @throws LoadError `not-measured`: stages belong to a service */
  stage(name: string): never {
    throw this.#ofOne(`stage('${name}')`)
  }

  /** @throws LoadError `not-measured`: counters belong to a service */
  counter(name: string): never {
    throw this.#ofOne(`counter('${name}')`)
  }

  /** What JSON and snapshots show. */
  toJSON(): ServicesData {
    return this.data
  }

  #ofOne(what: string): LoadError {
    return new LoadError(
      'not-measured',
      `run.${what}: a load of several services (${this.#list()}) has none of its own`,
      {
        hint: `take that of a service: run.scenario('${this.services[0]}').${what}`,
      },
    )
  }

  #list(): string {
    return this.services.map((name) => `'${name}'`).join(', ')
  }
}
