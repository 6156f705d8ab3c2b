import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { endWithParent } from '../../../src/host/process-entry.ts'

/** What a measured server tells its parent, each once it is known or asked for. */
export type MeasuredMessage =
  | { readonly type: 'port'; readonly port: number }
  | { readonly type: 'cpu'; readonly microseconds: number }

/** The argument of this process entry. */
export function entryArgument(): unknown {
  return JSON.parse(process.argv[2] ?? 'null')
}

/** Tells the parent the port of a server that listens or is about to, and the CPU time of this process when asked. */
export async function announce(server: Server): Promise<void> {
  endWithParent()
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    tell({ type: 'cpu', microseconds: user + system })
  })
  if (!server.listening) await once(server, 'listening')
  tell({ type: 'port', port: (server.address() as AddressInfo).port }) // listens on TCP
}

function tell(message: MeasuredMessage): void {
  process.send?.(message)
}
