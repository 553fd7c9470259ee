import { isSecretName } from '../domain/secret-name.ts'
import {
  type DataRows,
  mapSinglePlans,
  type RequestPlan,
  type ScenarioPlan,
  singlePlans,
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

/** `name=value`, as in addresses, forms and cookies. */
const ASSIGNED = /([\w.-]+)=([^\s&#"'\\,;<>}\])]+)/g
/** `"name": "` before a value, also inside a text of JSON, where quotes have backslashes. */
const QUOTED_NAME = /(\\*["'])([\w.-]+)\1\s*:\s*(\\*["'])/g

/** A sentence of a server, which may quote what it was sent. */
export function redactText(text: string): string {
  return withoutQuoted(text)
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^/?#\s"'<>]*@/gi, `$1${REDACTED}@`)
    .replace(/\b(Bearer|Basic)\s+[\w+/=.~-]+/gi, `$1 ${REDACTED}`)
    .replace(/\bsk-[\w-]{8,}/g, REDACTED)
    .replace(ASSIGNED, (whole, name: string) => (isSecretName(name) ? `${name}=${REDACTED}` : whole))
}

/** Without the values of quoted names that are secret, each up to a quote like the one that opened it, or to the end. */
function withoutQuoted(text: string): string {
  let [redacted, from] = ['', 0]
  for (const match of text.matchAll(QUOTED_NAME)) {
    const [whole, , name = '', quote = ''] = match
    const start = match.index + whole.length
    if (!isSecretName(name) || start < from) continue
    const end = new RegExp(String.raw`(?<!\\)${quote.replaceAll('\\', String.raw`\\`)}`)
    const length = text.slice(start).search(end)
    redacted += text.slice(from, start) + REDACTED
    from = length < 0 ? text.length : start + length
  }
  return redacted + text.slice(from)
}

/** Shorter values stand in too many texts by chance. */
const SHORTEST_SECRET = 6

/**
 * Redacts what a target says of requests of this plan: what looks like a secret, and the plan's own credentials wherever
 * they stand, also where the text was cut in the middle of one. Values of data files are known by their names only.
 */
export function redactorOf(scenario: ScenarioPlan): (text: string) => string {
  return (text) => {
    let redacted = redactText(text)
    for (const secret of secretsIn(scenario)) {
      if (secret.length < SHORTEST_SECRET) continue
      redacted = redacted.replaceAll(secret, REDACTED)
      const cut = cutSecret(redacted, secret)
      if (cut > 0) redacted = `${redacted.slice(0, -cut)}${REDACTED}`
    }
    return redacted
  }
}

/** How many characters at the end of a text begin a secret. */
function cutSecret(text: string, secret: string): number {
  for (let length = secret.length - 1; length >= SHORTEST_SECRET - 2; length--) {
    if (text.endsWith(secret.slice(0, length))) return length
  }
  return 0
}

/** Values with secret names, as they were given; of an authorization what follows the scheme. */
function* secretsIn(scenario: ScenarioPlan): Generator<string> {
  for (const plan of singlePlans(scenario)) {
    if (plan.kind === 'module') {
      yield* namedSecrets(plan.params)
      continue
    }
    yield* namedSecrets(plan.headers)
    yield* urlSecrets(plan.url)
    yield* namedSecrets('path' in plan.data ? [] : plan.data)
    yield* namedSecrets(jsonOf(plan.body))
  }
}

function* namedSecrets(value: unknown, name = ''): Generator<string> {
  if (typeof value === 'string') {
    if (isSecretName(name)) yield value.replace(/^\S+\s+(?=\S)/, '')
    else if (value.includes('://')) yield* urlSecrets(value)
  } else if (Array.isArray(value)) {
    for (const one of value) yield* namedSecrets(one, name)
  } else if (isPlainObject(value)) {
    for (const [key, inner] of Object.entries(value)) yield* namedSecrets(inner, key)
  }
}

function* urlSecrets(url: string): Generator<string> {
  const [, user = '', password = ''] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#:@]*):?([^/?#@]*)@/i.exec(url) ?? []
  yield user
  yield password
  for (const [, name, value] of url.matchAll(/[?&]([^=&#]+)=([^&#]*)/g)) if (isSecretName(name!)) yield value!
}

function jsonOf(body: string | null): unknown {
  try {
    return JSON.parse(body ?? 'null')
  } catch {
    return null
  }
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
