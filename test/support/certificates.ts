import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** An authority of our own with a server's and a client's certificate; PEM texts. */
export interface Certificates {
  readonly ca: string
  /** For localhost and 127.0.0.1. */
  readonly server: { readonly cert: string; readonly key: string }
  readonly client: { readonly cert: string; readonly key: string; readonly encryptedKey: string }
}

/** The passphrase of `client.encryptedKey`. */
export const PASSPHRASE = 'open sesame'

/** Makes certificates with openssl. */
export async function certificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'vitest-perf-ca-'))
  const openssl = (...args: string[]): Promise<unknown> => promisify(execFile)('openssl', args, { cwd: folder })
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const signed = async (name: string, extensions: string): Promise<void> => {
    await writeFile(join(folder, `${name}.ext`), extensions)
    await openssl('req', ...ec, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`]
    await openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.pem`)
  }
  try {
    await openssl(
      'req',
      '-x509',
      ...ec,
      '-days',
      '2',
      '-subj',
      '/CN=test authority',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
    )
    await signed('localhost', 'subjectAltName=DNS:localhost,IP:127.0.0.1')
    await signed('client', 'extendedKeyUsage=clientAuth')
    await openssl('ec', '-in', 'client.key', '-aes128', '-passout', `pass:${PASSPHRASE}`, '-out', 'client.enc')
    const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
    return {
      ca: await read('ca.pem'),
      server: { cert: await read('localhost.pem'), key: await read('localhost.key') },
      client: { cert: await read('client.pem'), key: await read('client.key'), encryptedKey: await read('client.enc') },
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
