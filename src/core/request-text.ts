/** What a header name is made of. See RFC 9110, section 5.6.2. */
export const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/

/** Whether a path, with its query, can be sent as it is: it begins with `/` and is ASCII without blanks, controls and `#`. */
export function isSendablePath(path: string): boolean {
  return /^\/[!"$-~]*$/.test(path)
}

/**
 * Whether a header can hold this value: ASCII without controls other than tabs. A line break would begin another header; letters
 * beyond ASCII have no bytes that all servers read alike.
 *
 * @see RFC 9110, section 5.5
 */
export function isSendableHeaderValue(value: string): boolean {
  return /^[\t -~]*$/.test(value)
}
