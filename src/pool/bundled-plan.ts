import type { LoadPlan } from '../domain/load-plan.ts'
import { mapSinglePlans, singlePlans } from '../domain/scenario.ts'
import { type Bundle, bundleScenario } from './bundle.ts'

/** A plan as generators take it: its scenario modules are files that they can import. */
export interface BundledPlan {
  readonly plan: LoadPlan
  /** Removes these files. */
  remove(): Promise<void>
}

/**
 * Bundles the scenario modules of a plan, each source once.
 * @param whole with the packages that they import
 * @throws LoadError `scenario-failed` when one does not build; nothing is left on disk then
 */
export async function bundledPlan(plan: LoadPlan, whole: boolean): Promise<BundledPlan> {
  const sources = singlePlans(plan.scenario).flatMap((single) => (single.kind === 'module' ? [single.source] : []))
  const bundles = new Map<string, Bundle>()
  const remove = async (): Promise<void> => {
    for (const bundle of bundles.values()) await bundle.remove()
  }
  try {
    for (const source of new Set(sources)) bundles.set(source, await bundleScenario(source, whole))
  } catch (error) {
    await remove()
    throw error
  }
  const scenario = mapSinglePlans(plan.scenario, (single) =>
    single.kind === 'module' ? { ...single, bundle: bundles.get(single.source)!.url } : single,
  )
  return { plan: { ...plan, scenario }, remove }
}
