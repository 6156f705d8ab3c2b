import { clientGone, jsonAnswer, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { RequestContext } from '../request-context.ts'
import type { Route } from '../router.ts'

/** What `GET /work` may be asked for; milliseconds of CPU time and of waiting, bytes of answer, percent of failures and resets. */
const LIMITS = { cpu: 10_000, wait: 60_000, bytes: 10_485_760, fail: 100, reset: 100 } as const
type Amounts = Readonly<Record<keyof typeof LIMITS, number>>

const PLAIN = 'text/plain; charset=utf-8'

/**
 * `GET /work?cpu=ms&wait=ms&bytes=n&fail=%&reset=%`: uses the CPU, then waits, then answers, fails with 500, or resets the
 * connection; each part may be left out. Shares are exact for each process: of `fail=20` every fifth request.
 */
export function workRoute(): Route {
  const failures = new Share()
  const resets = new Share()
  const handle = (context: RequestContext): Answer | Promise<Answer> => {
    const amounts = parseAmounts(context.query)
    if (typeof amounts === 'string') return refusal(400, 'bad_request', { detail: amounts })
    spin(amounts.cpu)
    const isReset = resets.takes(amounts.reset)
    const isFailure = failures.takes(amounts.fail)
    const answer = (): Answer => {
      if (isFailure) return refusal(500, 'asked_to_fail', { detail: `${amounts.fail} % were to fail` })
      if (!isReset) return answerOf(amounts)
      context.request.socket.resetAndDestroy()
      return clientGone()
    }
    if (amounts.wait === 0) return answer()
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(answer()), amounts.wait)
      context.onAbort(() => {
        clearTimeout(timer)
        resolve(clientGone())
      })
    })
  }
  return { method: 'GET', path: '/work', handle }
}

function answerOf(amounts: Amounts): Answer {
  if (amounts.bytes === 0) return jsonAnswer(200, amounts)
  return { status: 200, contentType: PLAIN, body: Buffer.alloc(amounts.bytes, 'tune ') }
}

/** Takes a share of what it is asked about, evenly. */
class Share {
  #owed = 0

  /** @param percent 0 to 100 */
  takes(percent: number): boolean {
    this.#owed += percent
    if (percent === 0 || this.#owed < 100) return false
    this.#owed -= 100
    return true
  }
}

/** The amounts, 0 where nothing is said, or a sentence that names every problem. */
export function parseAmounts(query: string): Amounts | string {
  const amounts: Record<string, number> = {}
  const problems: string[] = []
  for (const [name, text] of new URLSearchParams(query)) {
    const limit = Object.hasOwn(LIMITS, name) ? LIMITS[name as keyof typeof LIMITS] : undefined
    const value = Number(text)
    const isNumber = /^\d+(?:\.\d+)?$/.test(text) && (name !== 'bytes' || Number.isInteger(value))
    if (limit === undefined) problems.push(`${name} is not known (${Object.keys(LIMITS).join(', ')} are)`)
    else if (!isNumber || value > limit) problems.push(`${name} must be a number from 0 to ${limit}, got "${text}"`)
    else amounts[name] = value
  }
  return problems.length > 0 ? problems.join('; ') : { cpu: 0, wait: 0, bytes: 0, fail: 0, reset: 0, ...amounts }
}

/** Two looks at the clock in a row are far less apart; a longer gap means that the thread was not running. */
const MAX_STEP_MS = 0.1

/**
 * CPU time and not wall time: on a shared CPU a spin by the wall clock would do less work the more workers there are,
 * and so show a throughput that does not exist. The system's own account of CPU time moves only with its ticks, some
 * milliseconds apart, so time in which the thread was not running is recognised by its gaps.
 */
function spin(cpuMs: number): void {
  let usedMs = 0
  let lastMs = performance.now()
  while (usedMs < cpuMs) {
    const nowMs = performance.now()
    usedMs += Math.min(nowMs - lastMs, MAX_STEP_MS)
    lastMs = nowMs
  }
}
