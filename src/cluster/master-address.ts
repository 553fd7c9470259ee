import { LoadError } from '../domain/load-error.ts'

/** Locust's own. */
const USUAL_PORT = 5557

/**
 * `host`, `host:port` or `tcp://host:port` as ZeroMQ takes it.
 * @param option its name, for the error
 * @throws LoadError `invalid-option`
 */
export function masterAddress(text: string, option: string): string {
  const [, bracketed, host, digits] =
    /^(?:tcp:\/\/)?(?:\[([\da-f:.]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
  const port = digits === undefined ? USUAL_PORT : Number(digits)
  if ((bracketed ?? host) === undefined || port < 1 || port > 65_535)
    throw new LoadError(
      'invalid-option',
      `${option}: got '${text}', takes the address of a Locust master: host:port (port ${USUAL_PORT} by default)`,
    )
  return `tcp://${bracketed === undefined ? host : `[${bracketed}]`}:${port}`
}
