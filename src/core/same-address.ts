/** Where a server listens. */
export interface ListeningAddress {
  readonly host: string
  readonly port: number
}

const EVERY_ADDRESS = new Set(['0.0.0.0', '::'])

/** Whether two servers would get into each other's way: one port, on one host or on all of them. */
export function isSameAddress(first: ListeningAddress, second: ListeningAddress): boolean {
  const hosts = [first, second].map(({ host }) => host.toLowerCase())
  return first.port === second.port && (hosts[0] === hosts[1] || hosts.some((host) => EVERY_ADDRESS.has(host)))
}
