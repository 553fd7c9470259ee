import { LoadError } from '../domain/load-error.ts'

type Owner = 'part' | 'request' | 'step'

const CALLED: Readonly<Record<Owner, string>> = { part: 'a part of the mix', request: 'a request', step: 'a step' }

/** Who is counted under which name: a step and a request of one name would count everything twice. */
export class RequestNames {
  readonly #owners = new Map<string, Owner>()

  /** @throws LoadError `invalid-option` when something else has this name */
  claim(name: string, owner: Owner): void {
    const known = this.#owners.get(name)
    if (known === owner) return
    if (known !== undefined) {
      throw new LoadError(
        'invalid-option',
        `${CALLED[owner]} and ${CALLED[known]} are both called '${name}': each is counted under its name`,
        { hint: 'give one of them another name' },
      )
    }
    this.#owners.set(name, owner)
  }
}
