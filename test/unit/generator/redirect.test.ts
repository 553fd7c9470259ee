import { expect, test } from 'vitest'
import { PLAIN_TRANSPORT } from '../../../src/domain/transport-plan.ts'
import { redirected } from '../../../src/generator/redirect.ts'
import type { PreparedRequest } from '../../../src/scenarios/exchange.ts'

const post: PreparedRequest = {
  name: 'post',
  method: 'POST',
  origin: 'http://a.test:1',
  path: '/deep/start?x=1',
  body: Buffer.from('{}'),
  headers: ['Authorization', 'Bearer t', 'content-type', 'application/json', 'cookie', 'c=1', 'x-own', 'y'],
  timeout: { connectUs: 1, headersUs: 1, chunkUs: 1, totalUs: 1 },
  maxRedirects: 3,
  transport: PLAIN_TRANSPORT,
}

test.each([
  [301, 'GET'],
  [302, 'GET'],
  [303, 'GET'],
  [307, 'POST'],
  [308, 'POST'],
])('status %d turns a POST into %s', (status, method) => {
  const next = redirected(post, status, '/there')!
  expect(next).toMatchObject({
    method,
    origin: 'http://a.test:1',
    path: '/there',
    body: method === 'GET' ? null : post.body,
  })
  expect(next.headers.includes('content-type')).toBe(method === 'POST')
})

test('a PUT is only turned into a GET by 303, and a HEAD never', () => {
  expect(redirected({ ...post, method: 'PUT' }, 302, '/')!.method).toBe('PUT')
  expect(redirected({ ...post, method: 'PUT' }, 303, '/')!.method).toBe('GET')
  expect(redirected({ ...post, method: 'HEAD' }, 303, '/')!.method).toBe('HEAD')
})

test('credentials stay with their origin', () => {
  expect(redirected(post, 307, '/same')!.headers).toEqual(post.headers)
  expect(redirected(post, 307, 'http://b.test/')!.headers).toEqual(['content-type', 'application/json', 'x-own', 'y'])
  // Another port is another origin.
  expect(redirected(post, 307, 'http://a.test:2/')!.headers).not.toContain('Bearer t')
})

test('a location may be relative, and must be an http address', () => {
  expect(redirected(post, 302, '../up?y=2')!.path).toBe('/up?y=2')
  expect(redirected(post, 302, 'ftp://a.test/')).toBeNull()
  expect(redirected(post, 302, 'http://[')).toBeNull()
})
