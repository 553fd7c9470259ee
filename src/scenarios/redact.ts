import { isSecretName } from '../domain/secret-name.ts'
import {
  type DataRows,
  mapSinglePlans,
  type RequestPlan,
  type ScenarioPlan,
  type SingleScenarioPlan,
} from '../domain/scenario.ts'
import type { TransportPlan } from '../domain/transport-plan.ts'

/** Stands where a secret was. */
export const REDACTED = '[redacted]'

/** Headers fit to be shown; an authorization keeps its scheme. */
export function redactHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (!isSecretName(name)) return [name, value]
      const scheme = /authorization$/i.test(name) ? /^(\S+)\s+\S/.exec(value)?.[1] : undefined
      return [name, scheme === undefined ? REDACTED : `${scheme} ${REDACTED}`]
    }),
  )
}

/** A URL or path, templates included, without credentials and secret query parameters. */
export function redactUrl(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${REDACTED}@`)
    .replace(/([?&])([^=&#]+)=([^&#]*)/g, (whole, lead: string, name: string) =>
      isSecretName(name) ? `${lead}${name}=${REDACTED}` : whole,
    )
}

/** A sentence of a server, which may quote what it was sent. */
export function redactText(text: string): string {
  return text.replace(/\b(Bearer|Basic)\s+[\w+/=.~-]+/gi, `$1 ${REDACTED}`).replace(/\bsk-[\w-]{8,}/g, REDACTED)
}

/** A body as text; fields with secret names are redacted where it is JSON. */
export function redactBody(body: string): string {
  if (!/^\s*[[{]/.test(body)) return redactText(body)
  try {
    const value: unknown = JSON.parse(body)
    const redacted = redactValue(value)
    // An unchanged body keeps its own spacing.
    return redactText(JSON.stringify(redacted) === JSON.stringify(value) ? body : JSON.stringify(redacted))
  } catch {
    return redactText(body)
  }
}

/** Without private key, passphrase and proxy credentials. */
function redactTransport(transport: TransportPlan): TransportPlan {
  const { tls, proxy } = transport
  const hidden = (secret: string | null): string | null => (secret === null ? null : REDACTED)
  return {
    ...transport,
    tls: tls === null ? null : { ...tls, key: hidden(tls.key), passphrase: hidden(tls.passphrase) },
    proxy: proxy === null ? null : { ...proxy, authorization: hidden(proxy.authorization) },
  }
}

/** A plan fit to be stored and shown: no credentials in headers, address, body, data and parameters. */
export function redactPlan(scenario: ScenarioPlan): ScenarioPlan {
  return mapSinglePlans(scenario, redactSingle)
}

function redactSingle(plan: SingleScenarioPlan): SingleScenarioPlan {
  if (plan.kind === 'module') return { ...plan, params: redactValue(plan.params) }
  const { data } = plan
  const redacted: Pick<RequestPlan, 'url' | 'headers' | 'body' | 'data' | 'transport'> = {
    url: redactUrl(plan.url),
    headers: redactHeaders(plan.headers),
    body: plan.body === null ? null : redactBody(plan.body),
    data: 'path' in data ? data : (redactValue(data) as DataRows),
    transport: redactTransport(plan.transport),
  }
  return { ...plan, ...redacted }
}

/** A copy with secret fields replaced; anything but plain objects and arrays stays as it is. */
function redactValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redactValue)
  if (!isPlainObject(value)) return typeof value === 'string' && value.includes('://') ? redactUrl(value) : value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      isSecretName(name) && (typeof inner === 'string' || typeof inner === 'number') ? REDACTED : redactValue(inner),
    ]),
  )
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
