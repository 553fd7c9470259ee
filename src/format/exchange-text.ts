import type { Exchange } from '../pool/protocol.ts'

/** One exchange as people read it: request, response, timings in milliseconds. */
export function exchangeText({ request, response, failure, timings }: Exchange): string {
  const lines = [`> ${request.method} ${request.url}`, ...headerLines('>', request.headers)]
  if (request.body !== null) lines.push('>', ...request.body.split('\n').map((line) => `> ${line}`))
  if (response !== null) {
    lines.push(
      `< ${response.status}`,
      ...headerLines('<', response.headers),
      '<',
      ...response.body
        .trimEnd()
        .split('\n')
        .map((line) => `< ${line}`),
    )
  }
  if (failure !== null) lines.push(`! ${failure.kind} ${failure.detail}: ${failure.message}`)
  lines.push(
    `* ${Object.entries(timings)
      .map(([name, ms]) => `${name} ${ms === null ? 'n/a' : `${ms.toFixed(1)} ms`}`)
      .join('  ')}`,
  )
  return `${lines.join('\n')}\n`
}

function headerLines(mark: string, headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).map(([name, value]) => `${mark} ${name}: ${value}`)
}
