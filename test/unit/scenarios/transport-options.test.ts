import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HttpScenarioPlan } from '../../../src/domain/scenario.ts'
import { PLAIN_TRANSPORT } from '../../../src/domain/transport-plan.ts'
import { http, type HttpOptions } from '../../../src/scenarios/http.ts'
import { redactPlan } from '../../../src/scenarios/redact.ts'
import { keptTransportPlans } from '../../../src/scenarios/transport-options.ts'
import { type Certificates, certificates, PASSPHRASE } from '../../support/certificates.ts'

const WHERE = 'http.get(url, options)'
const folder = mkdtempSync(join(tmpdir(), 'vitest-perf-pem-'))
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
let pem: Certificates
beforeAll(async () => {
  pem = await certificates()
})
afterAll(() => rmSync(folder, { recursive: true }))

const planOf = (options: HttpOptions): HttpScenarioPlan => http.get('https://h/', options).plan() as HttpScenarioPlan
const messageOf = (options: unknown): string => {
  try {
    planOf(options as HttpOptions)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the options were taken')
}

describe('certificates', () => {
  test('are PEM texts, paths or file URLs', () => {
    const { ca, client } = pem
    const { cert, key } = client
    const plan = { ca, cert, key, passphrase: null, servername: null }
    expect(planOf({ tls: { ca, cert, key } }).transport.tls).toEqual(plan)
    const paths = { ca: file('ca.pem', ca), cert: pathToFileURL(file('c.pem', cert)), key: file('k.pem', key) }
    expect(planOf({ tls: paths }).transport.tls).toEqual(plan)
  })

  test('that are wrong are named, without what they hold', () => {
    const { cert, key, encryptedKey } = pem.client
    const other = pem.server.key
    const missing = join(folder, 'none.pem')
    const empty = file('empty.pem', 'nothing')
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
    for (const [tls, message] of [
      [{ ca: missing }, `option tls.ca: ${missing} is no file`],
      [{ ca: empty }, `option tls.ca: ${empty} holds no PEM text ('-----BEGIN ...')`],
      [{ ca: key }, 'option tls.ca: the PEM text holds no certificate'],
      [{ ca: broken }, 'option tls.ca: the PEM text holds a certificate that cannot be read'],
      [{ cert, key: cert }, 'option tls.key: the PEM text holds no private key'],
      [{ cert, key: other }, 'option tls.key: the PEM text is not the private key of tls.cert'],
      [{ cert, key: encryptedKey }, 'option tls.key: the PEM text is encrypted and needs tls.passphrase'],
      [
        { cert, key: encryptedKey, passphrase: 'wrong' },
        'option tls.key: the PEM text cannot be decrypted with tls.passphrase',
      ],
      [{ cert }, 'option tls.cert: got [redacted], takes effect only with tls.key'],
      [{ passphrase: 'hidden' }, 'option tls.passphrase: got [redacted], takes effect only with tls.key'],
      [{ ca: 7 }, 'option tls.ca: got 7, takes a PEM text, or the path or file URL of a PEM file'],
      [{ cas: 'x' }, "unknown option tls.cas: got 'x'"],
    ] as const) {
      const text = messageOf({ tls })
      expect(text.replaceAll("'[redacted]'", '[redacted]')).toContain(`${WHERE}: ${message}`)
      expect(text).not.toMatch(/hidden|PRIVATE KEY-----\n/)
    }
  })

  test('of equal options are read once for the calls of a scenario module', () => {
    const plans = keptTransportPlans()
    const path = file('kept.pem', pem.ca)
    const first = plans(WHERE, { tls: { ca: path } })
    rmSync(path)
    expect(plans(WHERE, { tls: { ca: path }, http2: true })).toEqual({ ...first, http2: true })
  })

  test('keys, passphrases and proxy credentials never reach a plan that is shown', () => {
    const { cert, encryptedKey } = pem.client
    const plan = planOf({ proxy: 'http://ada:l0ve@p:1', tls: { cert, key: encryptedKey, passphrase: PASSPHRASE } })
    const shown = JSON.stringify(redactPlan(plan))
    expect(shown).not.toContain('PRIVATE KEY')
    expect(shown).not.toContain(PASSPHRASE)
    expect(shown).not.toContain(plan.transport.proxy!.authorization!.slice('Basic '.length))
  })
})

describe('transport options', () => {
  test('resolve to what they stand for', () => {
    expect(planOf({}).transport).toEqual({ ...PLAIN_TRANSPORT, client: 'undici' })
    expect(planOf({ proxy: 'http://a%40b:c@[::1]:3128' }).transport.proxy).toEqual({
      host: '::1',
      port: 3128,
      authorization: `Basic ${Buffer.from('a@b:c').toString('base64')}`,
    })
    expect(planOf({ socketPath: 'run/x.sock' }).transport.socketPath).toBe(join(process.cwd(), 'run/x.sock'))
    expect(planOf({ compression: true }).headers['accept-encoding']).toBe('gzip, deflate, br')
    expect(planOf({ compression: ['br', 'gzip'] }).headers['accept-encoding']).toBe('br, gzip')
    expect(planOf({ compression: true, headers: { 'Accept-Encoding': 'gzip' } }).headers['accept-encoding']).toBe(
      'gzip',
    )
    expect(planOf({ compression: false }).headers['accept-encoding']).toBeUndefined()
  })

  test.each<[object, string]>([
    [{ proxy: 'p:3128' }, "option proxy: got 'p:3128', takes 'http://host:port', with user:password@ before the host"],
    [{ proxy: 'socks5://u:hidden@p:1' }, "option proxy: got 'socks5://[redacted]@p:1', takes 'http://host:port'"],
    [{ proxy: 'u:hidden@p:1' }, "option proxy: got '[redacted]@p:1', takes 'http://host:port'"],
    [{ compression: ['gzip', 'lzma'] }, "takes true, false or a list of 'gzip', 'deflate', 'br'"],
    [{ compression: [] }, 'option compression: got [], takes at least one encoding'],
    [{ http2: 'yes' }, "option http2: got 'yes', takes true or false"],
    [{ keepAlive: 0 }, 'option keepAlive: got 0, takes true or false'],
    [{ maxConnections: 0 }, 'option maxConnections: got 0, takes a whole number from 1'],
    [{ socketPath: 'http://x/y' }, "option socketPath: got 'http://x/y', takes a path or a file URL"],
    [{ proxy: 'http://p:1', socketPath: '/x' }, 'options proxy and socketPath exclude each other'],
    [{ keepAlive: false, maxConnections: 2 }, 'options keepAlive: false and maxConnections exclude each other'],
  ])('%j are refused', (options, message) => {
    expect(messageOf(options)).toContain(`${WHERE}: `)
    expect(messageOf(options)).toContain(message)
    expect(messageOf(options)).not.toContain('hidden')
  })
})
