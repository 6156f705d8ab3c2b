import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

import { TargetError, UsageError } from '../core/errors.ts'

const LOCAL_NETWORKS = new BlockList()
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const) {
  LOCAL_NETWORKS.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  LOCAL_NETWORKS.addSubnet(network, prefix, 'ipv6')
}

/**
 * Lets loopback and private addresses pass and refuses every other before anything is sent, judged by what the name
 * resolves to.
 *
 * @throws {UsageError} for a public address without permission
 * @throws {TargetError} for a name that does not resolve
 */
export async function guardTarget(url: URL, mayBeRemote: boolean): Promise<void> {
  if (mayBeRemote) return
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(host) > 0 ? [host] : await resolveName(host)
  const foreign = addresses.find((address) => !LOCAL_NETWORKS.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
  if (foreign !== undefined) {
    throw new UsageError(`${url.host} is ${foreign}, neither a loopback nor a private address`, {
      hint: 'load only what you own; if you do, add --allow-remote',
    })
  }
}

async function resolveName(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address)
  } catch (error) {
    throw new TargetError(`the name ${host} does not resolve`, { cause: error, hint: 'check the spelling of --url' })
  }
}
