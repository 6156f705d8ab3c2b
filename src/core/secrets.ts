/** What stands in a report where a secret was. */
export const MASK = '***'

const SECRET_WORDS =
  'authorization|cookie|token|secret|passw|passphrase|credential|api[-_]?key|access[-_]?key|private[-_]?key|(?<![a-z])auth(?![a-z])'
const SECRET_NAME = new RegExp(SECRET_WORDS, 'i')
/** In quotes, which a shell inside quotes has behind backslashes, or up to what ends a word. */
const ASSIGNED = String.raw`\\?(?:"[^"]*"?|'[^']*'?)|[^\s&'"]+`
const SECRET_ASSIGNMENT = new RegExp(String.raw`(?<![\w-])([\w-]*(?:${SECRET_WORDS})[\w-]*=)(?:${ASSIGNED})`, 'gi')
const USER_INFO = /(?<=\/\/)[^\s/?#@]+(?:@[^\s/?#@]+)*(?=@)/g

/**
 * Whether a header, variable or setting of this name holds a secret: authorization, cookie, token, secret, password, API
 * key and the like. A name is all there is to go by.
 */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/** The value as reports show it: masked when the name tells of a secret, otherwise without the secrets in it. */
export function shownValue(name: string, value: string): string {
  return isSecretName(name) ? MASK : withoutSecrets(value)
}

/** The text with the user information of addresses (`//user:password@`) masked. */
export function withoutUserInfo(text: string): string {
  return text.replaceAll(USER_INFO, MASK)
}

/** The text with the user information of addresses and the values of `name=value` masked, where the name tells of a secret. */
export function withoutSecrets(text: string): string {
  return withoutUserInfo(text).replaceAll(SECRET_ASSIGNMENT, `$1${MASK}`)
}

/** The text with every occurrence of these values masked; the shortest ones would mask half of it and are left. */
export function withoutValues(text: string, values: readonly string[]): string {
  return values
    .filter(({ length }) => length >= 4)
    .sort((left, right) => right.length - left.length) // a longer one may begin with a shorter one
    .reduce((masked, value) => masked.replaceAll(value, MASK), text)
}
