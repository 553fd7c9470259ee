import { LoadError } from '../domain/load-error.ts'
import type { LoadPlan } from '../domain/load-plan.ts'
import { type SingleScenarioPlan, singlePlans } from '../domain/scenario.ts'

/** A host that a worker may send to. */
export interface AllowedTarget {
  /** In lower case, without brackets. */
  readonly host: string
  /** `null`: any. */
  readonly port: number | null
}

/** @throws LoadError `invalid-option` naming the entry */
export function allowedTargets(list: string): readonly AllowedTarget[] {
  return list.split(',').map((entry) => {
    const text = entry.trim()
    const parts = /^(?:\[([\da-f:.]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/i.exec(text)
    const port = parts?.[3] === undefined ? null : Number(parts[3])
    if (parts === null || (port !== null && (port < 1 || port > 65_535)))
      throw new LoadError(
        'invalid-option',
        `option --allow-target: got '${text}', takes hosts with or without a port, separated by commas: api.internal:8000,10.0.0.7,[::1]:80`,
      )
    return { host: (parts[1] ?? parts[2])!.toLowerCase(), port }
  })
}

/** Whether a connection to this place is allowed. The list holds names as they are written: no name is looked up for it. */
export function isAllowed(allowed: readonly AllowedTarget[], host: string, port: number): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  return allowed.some((target) => target.host === name && (target.port === null || target.port === port))
}

/**
 * Looks for what a plan would send to and the list does not hold. Scenario modules and addresses that a template fills in
 * tell no target before they run: for them the guard in the generator's process is what holds.
 * @returns why the plan is declined, or `null`
 */
export function forbiddenTarget(plan: LoadPlan, allowed: readonly AllowedTarget[]): string | null {
  for (const single of singlePlans(plan.scenario)) {
    for (const { host, port } of targetsOf(single)) {
      if (!isAllowed(allowed, host, port))
        return `scenario '${single.name}': target ${host}:${port} is not on this worker's --allow-target list`
    }
    if (single.kind === 'module') continue
    const { socketPath, proxy } = single.transport
    if (socketPath !== null) return `scenario '${single.name}': a unix socket is no target of the --allow-target list`
    // A proxy connects where it is told to, and only it can see where.
    if (proxy !== null && (origin(single.url) === null || single.maxRedirects > 0))
      return `scenario '${single.name}': behind a proxy its targets must be known beforehand: no template in the host, no redirects`
  }
  return null
}

function targetsOf(plan: SingleScenarioPlan): { readonly host: string; readonly port: number }[] {
  if (plan.kind === 'module') return []
  const { proxy } = plan.transport
  const known = origin(plan.url)
  return [...(known === null ? [] : [known]), ...(proxy === null ? [] : [{ host: proxy.host, port: proxy.port }])]
}

/** `null` where a template fills it in. */
function origin(url: string): { readonly host: string; readonly port: number } | null {
  const [place = ''] = /^[a-z]+:\/\/[^/?#]*/i.exec(url) ?? []
  if (place === '' || place.includes('{{')) return null
  const { protocol, hostname, port } = new URL(place)
  const usual = protocol === 'https:' || protocol === 'wss:' ? 443 : 80
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? usual : Number(port) }
}
