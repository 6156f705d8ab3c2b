import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import type { Socket } from 'node:net'

/** Longer chains and texts are nobody's honest way here. */
const MAX_HOPS = 50
const MAX_FORWARDED_LENGTH = 8_192
/** All peers that have no address share it: those of a Unix socket, and connections that are closed already. */
const NO_ADDRESS = 'unknown'
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
const GROUPS = 8
const GROUP_BITS = 16

/** Bits of an IPv6 address that name the network of one customer, who has all of it. */
const DEFAULT_IPV6_PREFIX = 64

/**
 * Who has sent a request: the peer of its connection, unless that is a trusted proxy. Then it is the last address in
 * `X-Forwarded-For` that no trusted proxy has: each proxy appends the peer that it saw, so that whatever a client writes there
 * itself stands further left. A header that is too long, or holds anything but an address before that, is not believed: it is the
 * proxy itself then. `Forwarded` is not read, and hops are never just counted: both let a client choose who it is.
 *
 * @param trustedProxies addresses or networks (`10.0.0.0/8`), as `ADDRESS_OR_NETWORK` matches them
 * @returns the key of the client, see `clientKey`
 */
export function clientOf(
  trustedProxies: readonly string[],
  ipv6Prefix = DEFAULT_IPV6_PREFIX,
): (request: IncomingMessage) => string {
  const trusted = trustedProxies.length === 0 ? undefined : networksOf(trustedProxies)
  /** Of connections whose peer is the client: taking an IPv6 address apart for each request costs more than all the rest. */
  const peerKeys = new WeakMap<Socket, string>()
  const peerKey = (socket: Socket): string => {
    const known = peerKeys.get(socket)
    if (known !== undefined) return known
    const key = clientKey(socket.remoteAddress, ipv6Prefix)
    peerKeys.set(socket, key)
    return key
  }
  return ({ socket, headers }) => {
    if (trusted === undefined) return peerKey(socket)
    const peer = socket.remoteAddress
    const forwarded = headers['x-forwarded-for']
    if (peer === undefined || forwarded === undefined) return peerKey(socket)
    return clientKey(origin(peer, String(forwarded), trusted), ipv6Prefix)
  }
}

/** An IPv4 address as it is, also when IPv6 holds it; an IPv6 address cut to its network. */
export function clientKey(address: string | undefined, ipv6Prefix = DEFAULT_IPV6_PREFIX): string {
  if (address === undefined) return NO_ADDRESS
  if (!address.includes(':')) return address
  const mapped = MAPPED_IPV4.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const groups = groupsOf(address)
  const [ipv4High = 0, ipv4Low = 0] = groups.slice(GROUPS - 2)
  if (groups.slice(0, GROUPS - 3).every((group) => group === 0) && groups[GROUPS - 3] === 0xffff) {
    return [ipv4High >> 8, ipv4High & 255, ipv4Low >> 8, ipv4Low & 255].join('.')
  }
  return groups
    .slice(0, Math.ceil(ipv6Prefix / GROUP_BITS))
    .map((group, index) => (group & (0xffff << Math.max(0, (index + 1) * GROUP_BITS - ipv6Prefix))).toString(16))
    .join(':')
}

function networksOf(texts: readonly string[]): BlockList {
  const networks = new BlockList()
  for (const text of texts) {
    const [address = '', prefix] = text.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    networks.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  return networks
}

function origin(peer: string, forwarded: string, trusted: BlockList): string {
  if (!isTrusted(peer, trusted)) return peer
  if (forwarded.length > MAX_FORWARDED_LENGTH) return peer
  const hops = forwarded.split(',')
  if (hops.length > MAX_HOPS) return peer
  let client = peer
  for (const hop of hops.toReversed()) {
    const address = hop.trim()
    if (isIP(address) === 0) return peer
    client = address
    if (!isTrusted(address, trusted)) return client
  }
  return client
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const plain = MAPPED_IPV4.exec(address)?.[1] ?? address.split('%')[0] ?? ''
  return trusted.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
}

/** The eight numbers of an IPv6 address, whose zone says nothing about the client. */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const first = numbersOf(head)
  const last = numbersOf(tail ?? '')
  const zeros = tail === undefined ? 0 : Math.max(0, GROUPS - first.length - last.length)
  return [...first, ...Array.from({ length: zeros }, () => 0), ...last]
}

function numbersOf(text: string): readonly number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, GROUP_BITS)]
    const [first = 0, second = 0, third = 0, fourth = 0] = group.split('.').map(Number)
    return [first * 256 + second, third * 256 + fourth]
  })
}
