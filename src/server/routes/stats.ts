import type { IncomingMessage } from 'node:http'

import { jsonAnswer, refusal } from '../answer.ts'
import type { WorkerStats } from '../messages.ts'
import { clientKey } from '../client-address.ts'
import type { Route } from '../router.ts'

/** The figures of the worker that happens to answer, for people on this machine only. */
export function statsRoute(stats: () => WorkerStats): Route {
  return {
    method: 'GET',
    path: '/stats',
    isExempt: true,
    handle: ({ request }) => {
      const client = clientKey(request.socket.remoteAddress)
      const isLocal = (client.startsWith('127.') || client === '0:0:0:0') && !isForwarded(request)
      return isLocal ? jsonAnswer(200, stats()) : refusal(404, 'not_found', { detail: 'only from this machine' })
    },
  }
}

/** A proxy on this machine speaks for somebody who may be anywhere. */
function isForwarded({ headers }: IncomingMessage): boolean {
  return headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined
}
