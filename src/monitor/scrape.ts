/** Metrics of a large server take some hundred kilobytes; what is larger is something else. */
const MOST_BYTES = 8e6
const TIMEOUT_MS = 2000
/** Of both, the first is the smaller. */
const ACCEPT = 'text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.5, */*;q=0.1'

/** What an endpoint answered: its text, or why there is none, in a few words. */
export type Scrape = { readonly text: string; readonly doubt: string | null } | { readonly problem: string }

/** Asks an endpoint for its metrics once. Never throws; bounded in time and memory. */
export async function scrape(url: string, headers: Readonly<Record<string, string>>): Promise<Scrape> {
  // Loaded by those who scrape: every start of Vitest would pay for it.
  const { request } = await import('undici')
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const answer = await request(url, { headers: { accept: ACCEPT, ...headers }, signal })
    const { statusCode, body } = answer
    if (statusCode !== 200) {
      await body.dump()
      return { problem: `it answers ${statusCode}` }
    }
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      // Leaving the loop closes the connection: the rest is not fetched.
      if (bytes > MOST_BYTES) return { problem: `its answer is larger than ${MOST_BYTES / 1e6} MB` }
      chunks.push(chunk)
    }
    return readable(Buffer.concat(chunks), String(answer.headers['content-type'] ?? ''))
  } catch (error) {
    return { problem: signal.aborted ? `no answer within ${TIMEOUT_MS / 1e3} s` : reasonOf(error) }
  }
}

function readable(body: Buffer, contentType: string): Scrape {
  const text = body.toString('utf8')
  if (/html/i.test(contentType) || /^\s*<(?:!doctype|html|\?xml)/i.test(text)) {
    return { problem: 'it answers with a web page instead of metrics' }
  }
  const whole = !text.includes('\uFFFD') || Buffer.from(text, 'utf8').equals(body)
  return { text, doubt: whole ? null : 'its answer is not UTF-8: what is not was replaced' }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  return typeof code === 'string' ? `it cannot be reached (${code})` : `it cannot be read (${String(message)})`
}
