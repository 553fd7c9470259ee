import { Cookie, CookieJar } from 'tough-cookie'
import { LoadError } from '../domain/load-error.ts'
import { describe } from '../domain/quantity.ts'
import type { PreparedRequest, ResponseHeaders } from '../scenarios/exchange.ts'
import type { ScenarioCookies } from '../scenarios/module.ts'

/**
 * The cookies of one user, by the rules of browsers: domain, path, expiry, `Secure`; none for public suffixes.
 * @see https://www.rfc-editor.org/rfc/rfc6265
 */
export class UserCookies implements ScenarioCookies {
  #jar = new CookieJar(undefined, { looseMode: true })

  get(url: string): Readonly<Record<string, string>> {
    const cookies = this.#jar.getCookiesSync(requireUrl('cookies.get(url)', url))
    return Object.fromEntries(cookies.map(({ key, value }) => [key, value]))
  }

  set(url: string, cookie: string): void {
    const where = 'cookies.set(url, cookie)'
    const at = requireUrl(where, url)
    const refuse = (cause?: unknown): LoadError =>
      new LoadError(
        'invalid-option',
        `${where}: cookie: got ${describe(cookie)}, takes what a server of ${at} may set, e.g. 'session=abc; Path=/'`,
        cause === undefined ? {} : { cause },
      )
    if (typeof cookie !== 'string' || Cookie.parse(cookie, { loose: true }) === undefined) throw refuse()
    try {
      this.#jar.setCookieSync(cookie, at)
    } catch (cause) {
      throw refuse(cause)
    }
  }

  clear(): void {
    this.#jar = new CookieJar(undefined, { looseMode: true })
  }

  /** The request with the cookies that belong to its address; those that its own header names stay as they are. */
  addTo(request: PreparedRequest): PreparedRequest {
    const { origin, path, headers } = request
    const kept = this.#jar.getCookiesSync(origin + path)
    if (kept.length === 0) return request
    const others: string[] = []
    let own = ''
    for (let i = 0; i < headers.length; i += 2) {
      if (headers[i]!.toLowerCase() === 'cookie') own = headers[i + 1]!
      else others.push(headers[i]!, headers[i + 1]!)
    }
    const named = new Set(own.split(';').map((pair) => pair.split('=', 1)[0]!.trim()))
    const added = kept.filter(({ key }) => !named.has(key)).map((cookie) => cookie.cookieString())
    const all = [...(own === '' ? [] : [own]), ...added].join('; ')
    return { ...request, headers: [...others, 'cookie', all] }
  }

  /** An answer has arrived from there. What it must not set is left out. */
  takeFrom({ origin, path }: PreparedRequest, headers: ResponseHeaders): void {
    for (const line of [headers['set-cookie'] ?? []].flat()) {
      this.#jar.setCookieSync(line, origin + path, { ignoreError: true })
    }
  }
}

function requireUrl(where: string, url: unknown): string {
  if (typeof url === 'string' && /^https?:/i.test(url) && URL.canParse(url)) return url
  throw new LoadError('invalid-option', `${where}: url: got ${describe(url)}, takes an absolute http(s) URL`)
}
