import { jsonAnswer, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { Route } from '../router.ts'

/** Why a process should get no traffic at the moment. */
export type Unreadiness = 'shutting_down' | 'queue_full' | 'upstream_unavailable'

const NOT_READY: Readonly<Record<Unreadiness, Answer>> = {
  shutting_down: notReady('shutting_down', 'this process ends'),
  queue_full: notReady('queue_full', 'as many requests wait as may'),
  upstream_unavailable: notReady('upstream_unavailable', 'no upstream would take a call'),
}

const LIVENESS_PATHS = ['/health', '/healthz', '/live', '/api/v1/health']
const READINESS_PATHS = ['/ready', '/readyz']

/** Whether this process lives (`/health`) and whether it should get traffic (`/ready`); neither asks anybody else. */
export function healthRoutes(unreadiness: () => Unreadiness | undefined): readonly Route[] {
  const alive = jsonAnswer(200, { status: 'ok' })
  const ready = jsonAnswer(200, { status: 'ready' })
  const readiness = (): Answer => {
    const why = unreadiness()
    return why === undefined ? ready : NOT_READY[why]
  }
  return [
    ...LIVENESS_PATHS.map((path) => ({ method: 'GET', path, isExempt: true, handle: () => alive }) as const),
    ...READINESS_PATHS.map((path) => ({ method: 'GET', path, isExempt: true, handle: readiness }) as const),
  ]
}

function notReady(reason: Unreadiness, detail: string): Answer {
  return refusal(503, reason, { detail, retryAfterS: 1 })
}
