import { describe, expect, it } from 'vitest'
import { clusterSecret } from '../../../src/cluster/cluster-secret.ts'
import { masterAddress } from '../../../src/cluster/master-address.ts'

describe('the address of a master', () => {
  it.each([
    ['master', 'tcp://master:5557'],
    ['10.0.0.1:15557', 'tcp://10.0.0.1:15557'],
    ['tcp://locust-master.load.svc:5557', 'tcp://locust-master.load.svc:5557'],
    ['[::1]:5557', 'tcp://[::1]:5557'],
  ])('%s is %s', (text, address) => {
    expect(masterAddress(text, 'option --master')).toBe(address)
  })

  it.each(['', 'a b', 'http://master:5557', 'master:0', 'master:99999', 'master:', ':5557', '::1'])(
    'is not %j',
    (text) => {
      expect(() => masterAddress(text, 'option --master')).toThrow(
        /^option --master: got '.*', takes the address of a Locust/,
      )
    },
  )
})

describe('the shared secret', () => {
  it('is taken without the line break of its file', () => {
    expect(clusterSecret('correct horse\n', 'it')).toBe('correct horse')
  })

  it.each([
    [undefined, 'got none'],
    [' \n', 'got none'],
    ['short', 'got 5 characters'],
  ])('%j is none, and the error does not show it', (value, found) => {
    expect(() => clusterSecret(value, 'option --secret')).toThrow(
      `option --secret: ${found}, takes a secret of at least 8`,
    )
  })
})
