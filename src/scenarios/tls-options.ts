import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import * as z from 'zod'
import { LoadError } from '../domain/load-error.ts'
import type { TlsPlan } from '../domain/transport-plan.ts'
import { absolutePath, type FileRef, isFileRef } from './local-file.ts'

/** Certificates of a connection. Each is a PEM text (it holds `-----BEGIN`), else the path or file URL of a PEM file. */
export interface TlsOptions {
  /** Certificate authorities to trust, in place of the system's. */
  readonly ca?: FileRef
  /** The client's own certificate, with its chain. */
  readonly cert?: FileRef
  /** The private key of `cert`. */
  readonly key?: FileRef
  /** Of an encrypted `key`. */
  readonly passphrase?: string
  /** Name to ask for and to verify instead of the URL's host. */
  readonly servername?: string
}

type PemOption = 'ca' | 'cert' | 'key'

const PEM_FORM = 'takes a PEM text, or the path or file URL of a PEM file'
const BEGIN = '-----BEGIN'
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

const pem = z.custom<FileRef>((input) => isPem(input) || isFileRef(input), PEM_FORM)

/** Schema of {@link TlsOptions}. */
export const tls: z.ZodType = z
  .strictObject(
    {
      ca: pem.optional(),
      cert: pem.optional(),
      key: pem.optional(),
      passphrase: z.string('takes a text').optional(),
      servername: z
        .string('takes a host name')
        .regex(/^[\w.-]+$/, 'takes a host name')
        .optional(),
    },
    'takes { ca, cert, key, passphrase, servername }',
  )
  .superRefine((options, context) => {
    for (const [option, other] of [
      ['cert', 'key'],
      ['key', 'cert'],
      ['passphrase', 'key'],
    ] as const) {
      if (options[option] !== undefined && options[other] === undefined)
        context.addIssue({ code: 'custom', path: [option], message: `takes effect only with tls.${other}` })
    }
  })

/**
 * Reads the files and tries what is in them, so that a wrong one is found before any connection.
 * @throws LoadError `invalid-option` naming the option; never with what a key or passphrase holds
 */
export function tlsPlan(where: string, options: TlsOptions): TlsPlan {
  const ca = pemText(where, 'ca', options.ca)
  const cert = pemText(where, 'cert', options.cert)
  const key = pemText(where, 'key', options.key)
  const passphrase = options.passphrase ?? null
  if (ca !== null) requireCertificates(where, 'ca', ca, options.ca!)
  if (cert !== null && key !== null) {
    requireCertificates(where, 'cert', cert, options.cert!)
    requireKey(where, key, passphrase, options.key!)
    try {
      createSecureContext({ cert, key, ...(passphrase === null ? {} : { passphrase }) })
    } catch (cause) {
      throw wrong(where, 'key', options.key!, 'is not the private key of tls.cert', cause)
    }
  }
  return { ca, cert, key, passphrase, servername: options.servername ?? null }
}

function pemText(where: string, option: PemOption, given: FileRef | undefined): string | null {
  if (given === undefined) return null
  if (isPem(given)) return given
  let text: string
  try {
    text = readFileSync(absolutePath(given), 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    throw wrong(where, option, given, code === 'ENOENT' ? 'is no file' : `cannot be read (${code})`, cause)
  }
  if (!text.includes(BEGIN)) throw wrong(where, option, given, `holds no PEM text ('${BEGIN} ...')`)
  return text
}

function requireCertificates(where: string, option: PemOption, text: string, given: FileRef): void {
  const certificates = text.match(CERTIFICATE)
  if (certificates === null) throw wrong(where, option, given, 'holds no certificate')
  for (const certificate of certificates) {
    try {
      void new X509Certificate(certificate)
    } catch (cause) {
      throw wrong(where, option, given, 'holds a certificate that cannot be read', cause)
    }
  }
}

function requireKey(where: string, text: string, passphrase: string | null, given: FileRef): void {
  try {
    createPrivateKey(passphrase === null ? text : { key: text, passphrase })
  } catch (cause) {
    const what = !text.includes('ENCRYPTED')
      ? 'holds no private key'
      : passphrase === null
        ? 'is encrypted and needs tls.passphrase'
        : 'cannot be decrypted with tls.passphrase'
    throw wrong(where, 'key', given, what, cause)
  }
}

/** A text may be a secret: only a file is named. */
function wrong(where: string, option: PemOption, given: FileRef, what: string, cause?: unknown): LoadError {
  const subject = isPem(given) ? 'the PEM text' : absolutePath(given)
  return new LoadError('invalid-option', `${where}: option tls.${option}: ${subject} ${what}`, {
    hint: `it ${PEM_FORM}`,
    ...(cause === undefined ? {} : { cause }),
  })
}

function isPem(value: unknown): value is string {
  return typeof value === 'string' && value.includes(BEGIN)
}
