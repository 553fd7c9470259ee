import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import type { MixScenarioPlan, Scenario, SingleScenarioPlan } from '../domain/scenario.ts'

/** How often a scenario comes, relative to the others, and the scenario. */
export type MixPart = readonly [weight: number, scenario: Scenario]

/** A mix knows its parts; those of a mix inside it are its own. */
interface MixScenario extends Scenario {
  readonly parts: readonly WeightedScenario[]
}

interface WeightedScenario {
  readonly weight: number
  readonly scenario: Scenario
}

const WHERE = 'mix(parts)'
const FORM = 'takes a list of weights and scenarios, e.g. [[4, qwen], [1, llama]]'
const LARGEST_WEIGHT = 1e6

/**
 * Several scenarios in one load: `mix([[4, qwen], [1, llama]])`. Every iteration falls to one of them. Whole weights that
 * add up to at most 10,000 are kept exactly (of each five iterations four are qwen's, in an order drawn from the load's
 * seed); other weights are drawn. Each part is counted under its own name, `run.scenario('qwen')`, as if it were alone; its
 * rows, `{{$iteration}}` and cookies are its own. A mix may be a part.
 * @throws LoadError `invalid-option` also for two parts of one name
 */
export function mix(parts: readonly MixPart[]): Scenario {
  if (!Array.isArray(parts) || parts.length === 0) throw refused('parts', parts, FORM)
  const flat = flattened(parts.map(weighted))
  const names = flat.map(({ scenario }) => scenario.name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new LoadError('invalid-option', `${WHERE}: two parts are called '${twice}': each is counted under its name`, {
      hint: 'give one of them another name with the option name',
    })
  }
  const made: MixScenario = {
    name: 'mix',
    parts: flat,
    ...preparing(flat.map(({ scenario }) => scenario)),
    plan: (): MixScenarioPlan => ({
      kind: 'mix',
      name: 'mix',
      parts: flat.map(({ weight, scenario }) => ({ weight, plan: scenario.plan() as SingleScenarioPlan })),
    }),
  }
  return made
}

/** One after the other: what one asks a server for must not disturb the other. */
function preparing(scenarios: readonly Scenario[]): Pick<Scenario, 'prepare'> {
  if (scenarios.every(({ prepare }) => prepare === undefined)) return {}
  return {
    prepare: async () => {
      for (const { prepare } of scenarios) await prepare?.()
    },
  }
}

/** The same scenario, counted under another name. A mix keeps the names of its parts. */
export function renamed(scenario: Scenario, name: string): Scenario {
  return { ...scenario, name, plan: () => ({ ...scenario.plan(), name }) }
}

function weighted(part: unknown, i: number): WeightedScenario {
  if (!Array.isArray(part) || part.length !== 2) throw refused(`parts[${i}]`, part, FORM)
  const [weight, scenario] = part as [unknown, Partial<Scenario> | undefined]
  if (typeof weight !== 'number' || !(weight > 0) || weight > LARGEST_WEIGHT) {
    throw refused(`parts[${i}][0]`, weight, 'takes a weight over 0 up to 1,000,000')
  }
  if (typeof scenario?.plan !== 'function') {
    throw refused(`parts[${i}][1]`, scenario, "takes a scenario of 'vitest-perf/scenarios'")
  }
  return { weight, scenario: scenario as Scenario }
}

/** Parts of parts share the weight of theirs; whole weights stay whole. */
function flattened(parts: readonly WeightedScenario[]): readonly WeightedScenario[] {
  if (!parts.some(({ scenario }) => isMix(scenario))) return parts
  const shares = parts.flatMap(({ weight, scenario }) => {
    const inner = isMix(scenario) ? scenario.parts : [{ weight: 1, scenario }]
    const sum = inner.reduce((total, part) => total + part.weight, 0)
    return inner.map((part) => ({ scenario: part.scenario, of: sum, weight: weight * part.weight }))
  })
  const whole = shares.every(({ weight, of }) => Number.isInteger(weight) && Number.isInteger(of))
  const common = whole ? shares.reduce((multiple, { of }) => (multiple / divisor(multiple, of)) * of, 1) : 1
  const weights = shares.map(({ weight, of }) => (weight * common) / of)
  const by = whole ? weights.reduce(divisor) : 1
  return shares.map(({ scenario }, i) => ({ scenario, weight: weights[i]! / by }))
}

function isMix(scenario: Scenario): scenario is MixScenario {
  return 'parts' in scenario
}

/** Greatest common divisor. */
function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}

function refused(what: string, got: unknown, takes: string): LoadError {
  return new LoadError('invalid-option', `${WHERE}: ${what}: got ${describe(got)}, ${takes}`)
}
