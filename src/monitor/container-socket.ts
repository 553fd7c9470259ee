import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where a container daemon listens, or why that cannot be told. */
export type ContainerSocket = { readonly path: string } | { readonly unknown: string }

const VARIABLES = ['DOCKER_HOST', 'DOCKER_SOCKET', 'CONTAINER_HOST'] as const

/**
 * The socket of Docker or Podman: what the environment names, or else the first of the usual places that is there, of the
 * system before those of the user.
 * @see https://docs.docker.com/reference/cli/docker/#environment-variables
 */
export function containerSocket(
  env: Readonly<Record<string, string | undefined>>,
  exists: (path: string) => boolean = existsSync,
): ContainerSocket {
  for (const variable of VARIABLES) {
    const named = env[variable]
    if (named === undefined || named === '') continue
    const path = /^(?:unix|npipe):\/\/(.+)$/.exec(named)?.[1] ?? (named.includes('://') ? null : named)
    return path === null
      ? { unknown: `${variable} is ${named}, and only sockets of this machine are asked (unix:///path)` }
      : { path }
  }
  const user = env['XDG_RUNTIME_DIR']
  const home = env['HOME']
  const usual = [
    '/var/run/docker.sock',
    ...(user === undefined ? [] : [join(user, 'docker.sock')]),
    ...(home === undefined ? [] : [join(home, '.docker/run/docker.sock')]),
    '/run/podman/podman.sock',
    ...(user === undefined ? [] : [join(user, 'podman/podman.sock')]),
  ]
  return { path: process.platform === 'win32' ? '//./pipe/docker_engine' : (usual.find(exists) ?? usual[0]!) }
}
