import { expect, test } from 'vitest'
import { containerSocket } from '../../../src/monitor/container-socket.ts'

const ALL = [
  '/var/run/docker.sock',
  '/run/user/7/docker.sock',
  '/run/podman/podman.sock',
  '/run/user/7/podman/podman.sock',
]
const USER = { XDG_RUNTIME_DIR: '/run/user/7', HOME: '/home/me' }

test.skipIf(process.platform === 'win32').each<[string, Record<string, string>, readonly string[], string]>([
  ['what DOCKER_HOST names', { ...USER, DOCKER_HOST: 'unix:///tmp/d.sock', DOCKER_SOCKET: '/x' }, ALL, '/tmp/d.sock'],
  ['what DOCKER_SOCKET names', { ...USER, DOCKER_SOCKET: '/tmp/d.sock', DOCKER_HOST: '' }, ALL, '/tmp/d.sock'],
  ["what Podman's variable names", { CONTAINER_HOST: 'unix:///tmp/p.sock' }, ALL, '/tmp/p.sock'],
  ["the system's Docker", USER, ALL, '/var/run/docker.sock'],
  ["the user's Docker", USER, ALL.slice(1), '/run/user/7/docker.sock'],
  ['Docker Desktop', USER, ['/home/me/.docker/run/docker.sock'], '/home/me/.docker/run/docker.sock'],
  ["the system's Podman", USER, ALL.slice(2), '/run/podman/podman.sock'],
  ["the user's Podman", USER, ALL.slice(3), '/run/user/7/podman/podman.sock'],
  ['where Docker would be', {}, [], '/var/run/docker.sock'],
])('takes %s', (_, env, there, path) => {
  expect(containerSocket(env, (one) => there.includes(one))).toEqual({ path })
})

test('a daemon of another machine is not asked', () => {
  expect(containerSocket({ DOCKER_HOST: 'tcp://10.0.0.1:2376' }, () => true)).toEqual({
    unknown: 'DOCKER_HOST is tcp://10.0.0.1:2376, and only sockets of this machine are asked (unix:///path)',
  })
})
