import { describe, expect, test } from 'vitest'
import { isSecretName } from '../../../src/domain/secret-name.ts'
import { http } from '../../../src/scenarios/http.ts'
import { openai } from '../../../src/scenarios/openai.ts'
import {
  redactBody,
  redactHeaders,
  redactorOf,
  redactPlan,
  redactText,
  redactUrl,
} from '../../../src/scenarios/redact.ts'

describe('redaction', () => {
  test.each([
    'authorization',
    'Proxy-Authorization',
    'cookie',
    'Set-Cookie',
    'x-api-key',
    'api_key',
    'apikey',
    'X-Auth-Token',
    'access_token',
    'password',
    'clientSecret',
    'key',
    'X-Amz-Signature',
    'ocp-apim-subscription-key',
    'openai-api-key',
  ])('%s is a secret', (name) => {
    expect(isSecretName(name)).toBe(true)
  })

  test.each([
    'accept',
    'max_tokens',
    'maxTokens',
    'x-request-id',
    'monkey',
    'keyboard',
    'prompt',
    'author',
    'content-type',
  ])('%s is none', (name) => {
    expect(isSecretName(name)).toBe(false)
  })

  test('headers keep their names and an authorization its scheme', () => {
    expect(redactHeaders({ authorization: 'Bearer abc', Cookie: 'a=b', accept: '*/*', 'x-api-key': 'k' })).toEqual({
      authorization: 'Bearer [redacted]',
      Cookie: '[redacted]',
      accept: '*/*',
      'x-api-key': '[redacted]',
    })
    expect(redactHeaders({ authorization: 'rawkey' })).toEqual({ authorization: '[redacted]' })
  })

  test.each([
    ['https://u:p@h:1/x?a=1&token=s#f', 'https://[redacted]@h:1/x?a=1&token=[redacted]#f'],
    ['http://h/{{{path}}}?api_key={{key}}&q={{q}}', 'http://h/{{{path}}}?api_key=[redacted]&q={{q}}'],
    ['/x?key=abc', '/x?key=[redacted]'],
    ['http://h/a@b?x=@', 'http://h/a@b?x=@'],
  ])('%s becomes %s', (url, redacted) => {
    expect(redactUrl(url)).toBe(redacted)
  })

  test('bodies lose fields with secret names and keep all others as they are', () => {
    expect(redactBody('{"user":"u","password":"p","nested":[{"apiKey":"k","max_tokens":5}]}')).toBe(
      '{"user":"u","password":"[redacted]","nested":[{"apiKey":"[redacted]","max_tokens":5}]}',
    )
    expect(redactBody('{ "a": 1 }')).toBe('{ "a": 1 }')
    expect(redactBody('{ broken')).toBe('{ broken')
    expect(redactText('key sk-proj-abcdefgh and Bearer xyz')).toBe('key [redacted] and Bearer [redacted]')
  })

  test.each([
    ['no /p?access_token=abc&q=1 here', 'no /p?access_token=[redacted]&q=1 here'],
    ['see http://u:p@h/x, or http://h/a@b', 'see http://[redacted]@h/x, or http://h/a@b'],
    ['{"api_key":"abc","model":"m"}', '{"api_key":"[redacted]","model":"m"}'],
    [
      String.raw`{"error":"{\"password\": \"abc\", \"n\": 1}"}`,
      String.raw`{"error":"{\"password\": \"[redacted]\", \"n\": 1}"}`,
    ],
    ['max_tokens=5 and tokens: "many"', 'max_tokens=5 and tokens: "many"'],
  ])('a server’s sentence %s becomes %s', (text, redacted) => {
    expect(redactText(text)).toBe(redacted)
  })

  test('what a plan holds secret is taken out of sentences wherever it stands, also where they are cut', () => {
    const redact = redactorOf(
      http
        .post('http://bob-1234:pw@h/?sig=sig-1234', {
          headers: { authorization: 'Token tok-1234' },
          body: { client_secret: 'bod-1234', note: 'kept-1234', who: '{{password}}' },
          data: [{ password: 'row-1234', city: 'Paris-1234' }],
        })
        .plan(),
    )
    expect(redact('bad sig-1234, tok-1234; bod-1234 of bob-1234 row-1234 in Paris-1234, kept-1234')).toBe(
      'bad [redacted], [redacted]; [redacted] of [redacted] [redacted] in Paris-1234, kept-1234',
    )
    expect(redact('it said tok-12')).toBe('it said [redacted]')
    expect(redact('it said tok')).toBe('it said tok')
  })

  test('no secret of a plan is left in it, and the plan itself is not changed', () => {
    const plans = [
      openai
        .chat({
          baseUrl: 'http://u:SECRET@h',
          model: 'm',
          messages: [{ role: 'user', content: '{{x}} {{password}}' }],
          apiKey: 'SECRET',
          data: [{ x: 1, password: 'SECRET' }],
          extraBody: { api_key: 'SECRET' },
        })
        .plan(),
      http.post('http://h/?sig=SECRET', { headers: { Cookie: 'SECRET' }, body: { client_secret: 'SECRET' } }).plan(),
      {
        kind: 'module',
        name: 'm',
        source: 'file:///m.ts',
        bundle: null,
        params: { token: 'SECRET', list: [{ url: 'http://a:SECRET@h' }] },
      } as const,
    ]
    for (const plan of plans) {
      expect(JSON.stringify(redactPlan(plan))).not.toContain('SECRET')
      expect(JSON.stringify(plan)).toContain('SECRET')
      expect(redactPlan(plan)).toMatchObject({ kind: plan.kind, name: plan.name })
    }
  })
})
