import { readSystemFile } from '../host/system-files.ts'
import type { ServerOptions } from './options.ts'

/**
 * What a user of REUSE_PORT must know: connections that wait at the socket of a worker are lost with it, unless the kernel
 * moves them to another one. Connections that come through the primary are not.
 *
 * @returns undefined when there is nothing to fear
 * @see the kernel's Documentation/networking/ip-sysctl.rst, tcp_migrate_req
 */
export function reusePortWarning({ reusePort, workers }: ServerOptions, root = '/'): string | undefined {
  if (!reusePort || workers === 0) return undefined
  if (readSystemFile(root, '/proc/sys/net/ipv4/tcp_migrate_req') === '1') return undefined
  return 'REUSE_PORT: a worker that is replaced resets connections which wait at its socket; sysctl net.ipv4.tcp_migrate_req=1 has the kernel move them'
}
