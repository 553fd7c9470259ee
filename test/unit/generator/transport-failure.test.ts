import { describe, expect, test } from 'vitest'
import { timeoutFailure, transportFailure } from '../../../src/generator/transport-failure.ts'

const coded = (code: string, message = 'text'): Error => Object.assign(new Error(message), { code })

describe('a failed transport', () => {
  test.each([
    ['ECONNREFUSED', 'refused', 'connection refused: example.com:8080 (ECONNREFUSED)'],
    ['ECONNRESET', 'reset', 'connection reset: example.com:8080 (ECONNRESET)'],
    ['EPIPE', 'reset', 'connection reset: example.com:8080 (EPIPE)'],
    ['ENOTFOUND', 'dns', 'host name not found: example.com:8080 (ENOTFOUND)'],
    ['EAI_AGAIN', 'dns', 'host name not found: example.com:8080 (EAI_AGAIN)'],
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'tls',
      'TLS failed: example.com:8080 (DEPTH_ZERO_SELF_SIGNED_CERT: text); give the authority that signed it: tls: { ca }',
    ],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'tls',
      'TLS failed: example.com:8080 (ERR_TLS_CERT_ALTNAME_INVALID: text); give the name that it is for: tls: { servername }',
    ],
    ['UND_ERR_SOCKET', 'closed', 'connection closed before the answer was complete: example.com:8080 (UND_ERR_SOCKET)'],
    ['EMFILE', 'EMFILE', 'connection failed: example.com:8080 (EMFILE)'],
  ])('with code %s is a connection failure: %s', (code, detail, message) => {
    expect(transportFailure(coded(code), 'http://example.com:8080')).toEqual({ kind: 'connection', detail, message })
  })

  test.each([
    ['HPE_INVALID_CONSTANT', 'HPE_INVALID_CONSTANT'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
    ['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_HEADERS_OVERFLOW'],
  ])('with code %s is malformed HTTP', (code, detail) => {
    expect(transportFailure(coded(code), 'http://example.com')).toMatchObject({
      kind: 'protocol',
      detail,
      message: `malformed HTTP from example.com:80: text (${code})`,
    })
  })

  test('whose parser gave up without a code is malformed HTTP', () => {
    const error = Object.assign(new Error('Response does not match'), { name: 'HTTPParserError', code: undefined })
    expect(transportFailure(error, 'http://example.com')).toMatchObject({ kind: 'protocol', detail: 'HTTPParserError' })
  })

  test('that brought an answer nobody asked for is malformed HTTP', () => {
    expect(transportFailure(coded('UND_ERR_SOCKET', 'bad response'), 'http://example.com')).toMatchObject({
      kind: 'protocol',
      detail: 'unexpected-answer',
    })
  })

  test('is read from the cause and from the first of several addresses', () => {
    expect(
      transportFailure(new Error('outer', { cause: coded('ECONNREFUSED') }), 'https://example.com').message,
    ).toContain('example.com:443 (ECONNREFUSED)')
    expect(
      transportFailure(new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]), 'https://example.com').detail,
    ).toBe('refused')
  })

  test('of an unknown sort is still a failure with a name', () => {
    expect(transportFailure('surprise', 'http://example.com')).toMatchObject({
      kind: 'connection',
      message: 'connection failed: example.com:80 (Error)',
    })
  })

  test('whose connecting the system gave up is a connect timeout', () => {
    expect(transportFailure(coded('ETIMEDOUT'), 'http://example.com')).toEqual({
      kind: 'timeout',
      detail: 'connect',
      message: 'no connection to example.com:80',
    })
  })
})

test.each([
  ['connect', 'no connection to example.com:80 within 250 ms'],
  ['headers', 'no response head from example.com:80 within 250 ms'],
  ['chunk', 'example.com:80 sent no more of the body within 250 ms'],
  ['total', 'no complete answer from example.com:80 within 250 ms'],
] as const)('the message of a %s timeout names the limit', (detail, message) => {
  expect(timeoutFailure(detail, 250_000, 'http://example.com')).toEqual({ kind: 'timeout', detail, message })
})
