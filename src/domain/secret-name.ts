// Whole names or endings, compared without case and separators: `maxTokens` is no secret, `accessToken` is.
const SECRET_NAME =
  /^(?:(?:proxy)?authorization|(?:set)?cookie2?|auth|key|sig|sid|sessionid|credentials?|subscriptionkey)$|(?:apikey|accesskey|accesskeyid|secretkey|privatekey|subscriptionkey|secret|password|passwd|passphrase|token|signature|credential)$/

/** True for names of headers, query parameters, columns and fields whose values are kept from people and from disk. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.toLowerCase().replace(/[^a-z0-9]/g, ''))
}
