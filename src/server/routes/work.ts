import { jsonAnswer, refusal } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { Route } from '../router.ts'

/** What `GET /work` may be asked for; milliseconds of CPU time, milliseconds of waiting, bytes of answer. */
const LIMITS = { cpu: 10_000, wait: 60_000, bytes: 10_485_760 } as const
type Amounts = Readonly<Record<keyof typeof LIMITS, number>>

const PLAIN = 'text/plain; charset=utf-8'

/** `GET /work?cpu=ms&wait=ms&bytes=n`: uses the CPU, then waits, then answers; each part may be left out. */
export const workRoute: Route = {
  method: 'GET',
  path: '/work',
  handle: (context) => {
    const amounts = parseAmounts(context.query)
    if (typeof amounts === 'string') return refusal(400, 'bad_request', { detail: amounts })
    spin(amounts.cpu)
    const answer: Answer =
      amounts.bytes > 0
        ? { status: 200, contentType: PLAIN, body: Buffer.alloc(amounts.bytes, 'tune ') }
        : jsonAnswer(200, amounts)
    if (amounts.wait === 0) return answer
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, amounts.wait, answer)
      context.onAbort(() => {
        clearTimeout(timer)
        resolve(answer)
      })
    })
  },
}

/** The amounts, 0 where nothing is said, or a sentence that names every problem. */
export function parseAmounts(query: string): Amounts | string {
  const amounts: Record<string, number> = { cpu: 0, wait: 0, bytes: 0 }
  const problems: string[] = []
  for (const [name, text] of new URLSearchParams(query)) {
    const limit = Object.hasOwn(LIMITS, name) ? LIMITS[name as keyof typeof LIMITS] : undefined
    const value = Number(text)
    const isNumber = /^\d+(?:\.\d+)?$/.test(text) && (name !== 'bytes' || Number.isInteger(value))
    if (limit === undefined) problems.push(`${name} is not known (cpu, wait, bytes are)`)
    else if (!isNumber || value > limit) problems.push(`${name} must be a number from 0 to ${limit}, got "${text}"`)
    else amounts[name] = value
  }
  return problems.length > 0 ? problems.join('; ') : { cpu: 0, wait: 0, bytes: 0, ...amounts }
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
