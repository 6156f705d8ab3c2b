import { seededRandom } from '../../core/random.ts'
import { jsonAnswer } from '../answer.ts'
import type { Answer } from '../answer.ts'
import type { Route } from '../router.ts'

/** Samples per summary: some hundreds of microseconds of work, so that a hit and a miss differ visibly. */
const SAMPLES = 2_400
const BUCKETS = 12

/** `GET /api/v1/endpoint?id=…`: a summary that takes work to compute and always comes out the same, so it is cacheable. */
export const endpointRoute: Route = {
  method: 'GET',
  path: '/api/v1/endpoint',
  isCacheable: true,
  handle: ({ query }) => summaryOf(query),
}

function summaryOf(query: string): Answer {
  const random = seededRandom(checksum(query))
  const samples = Float64Array.from({ length: SAMPLES }, () => Math.sqrt(-Math.log(1 - random()))).sort()
  const buckets = Array.from({ length: BUCKETS }, (_, index) => {
    const from = Math.floor((index / BUCKETS) * SAMPLES)
    const part = samples.subarray(from, Math.floor(((index + 1) / BUCKETS) * SAMPLES))
    return { from: rounded(part[0] ?? 0), mean: rounded(part.reduce((sum, sample) => sum + sample, 0) / part.length) }
  })
  return jsonAnswer(200, { query, samples: SAMPLES, median: rounded(samples[SAMPLES / 2] ?? 0), buckets })
}

/** FNV-1a, 32 bits. */
function checksum(text: string): number {
  let sum = 0x811c9dc5
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193)
  return sum
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
