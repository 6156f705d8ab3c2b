/** Groups of an IPv6 address; the last two may be written as an IPv4 address. */
const GROUPS = 8

const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = `${BYTE}(?:\\.${BYTE}){3}`
const GROUP = '[\\da-f]{1,4}'

/** Exactly so many groups, an IPv4 address standing for the last two of them where there are two. */
function groups(count: number): string {
  const plain = `${GROUP}(?::${GROUP}){${count - 1}}`
  return count < 2 ? plain : `(?:${plain}|(?:${GROUP}:){${count - 2}}${IPV4})`
}

/** Up to `most` groups behind a `::`. */
function tail(most: number): string {
  const counts = Array.from({ length: most }, (_, index) => groups(index + 1))
  return counts.length === 0 ? '' : `(?:${counts.join('|')})?`
}

/** A `::` stands for at least one group, wherever it is. */
const SHORTENED = Array.from({ length: GROUPS }, (_, head) => {
  const before = head === 0 ? '' : `${GROUP}(?::${GROUP}){${head - 1}}`
  return `${before}::${tail(GROUPS - 1 - head)}`
})
const IPV6 = `(?:${[groups(GROUPS), ...SHORTENED].join('|')})`

/**
 * An IP address, or a network as address and prefix; no zone, no port, no name.
 *
 * @see RFC 4291, section 2.2
 */
export const ADDRESS_OR_NETWORK = new RegExp(
  `^(?:${IPV4}(?:/(?:[12]?\\d|3[0-2]))?|${IPV6}(?:/(?:[1-9]?\\d|1[01]\\d|12[0-8]))?)$`,
  'i',
)
