import { jsonAnswer, refusal } from '../answer.ts'
import type { Route } from '../router.ts'

/** Whether this process lives (`/health`) and whether it should get traffic (`/ready`); neither asks anybody else. */
export function healthRoutes(isReady: () => boolean): readonly Route[] {
  const alive = jsonAnswer(200, { status: 'ok' })
  const ready = jsonAnswer(200, { status: 'ready' })
  const notReady = refusal(503, 'upstream_unavailable', {
    detail: 'draining, or no upstream is available',
    retryAfterS: 1,
  })
  return [
    { method: 'GET', path: '/health', isExempt: true, handle: () => alive },
    { method: 'GET', path: '/ready', isExempt: true, handle: () => (isReady() ? ready : notReady) },
    { method: 'GET', path: '/api/v1/health', handle: () => alive },
  ]
}
