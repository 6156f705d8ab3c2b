import type { MeasuredServer } from './measured-server.ts'
import { askRaw, sendRaw } from './raw-load.ts'
import type { RawAnswer, RawLoad } from './raw-load.ts'

/** How much is sent. */
export interface PairLoad {
  /** Of each block; a multiple of the connections. */
  readonly requests: number
  readonly connections: number
  readonly quads: number
}

/** One side over the two blocks of one ABBA quad. */
export interface SideUse {
  readonly cpuUsPerRequest: number
  readonly wallUsPerRequest: number
  /** CPU time of the sending process per time: near 1 it may be what limited the throughput. */
  readonly senderCpus: number
}

/** One ABBA quad. */
export interface Quad {
  readonly subject: SideUse
  readonly other: SideUse
}

const US_PER_MS = 1_000
/** The first answers may still be made, stored and compressed. */
const SETTLING_REQUESTS = 5

/** What a server answers once its caches are filled. */
export function settledAnswer(server: MeasuredServer, request: string): Promise<RawAnswer> {
  return askRaw(server.port, request, SETTLING_REQUESTS)
}

/**
 * Loads two servers in turn: each is warmed up with two blocks, then they follow in order ABBA, so that what changes with time
 * strikes both.
 *
 * @throws when a server gives another answer than the settled one of the subject, or other headers
 */
export async function measurePair(
  {
    subject,
    other,
    request,
  }: { readonly subject: MeasuredServer; readonly other: MeasuredServer; readonly request: string },
  { requests, connections, quads }: PairLoad,
): Promise<readonly Quad[]> {
  const { body, headers } = await settledAnswer(subject, request)
  const rival = await settledAnswer(other, request)
  const [wanted, got] = [namesOf(headers), namesOf(rival.headers)]
  if (wanted !== got || !body.equals(rival.body))
    throw new Error(`the answers differ: ${wanted} with ${body.length} bytes, ${got} with ${rival.body.length} bytes`)
  const load = (server: MeasuredServer): RawLoad => ({ port: server.port, request, body })
  const block = async (server: MeasuredServer): Promise<SideUse> => {
    const cpuUs = await server.cpuUs()
    const [senderCpu, startedMs] = [process.cpuUsage(), performance.now()]
    await sendRaw(load(server), requests, connections)
    const wallMs = performance.now() - startedMs
    const { user, system } = process.cpuUsage(senderCpu)
    return {
      cpuUsPerRequest: ((await server.cpuUs()) - cpuUs) / requests,
      wallUsPerRequest: (wallMs * US_PER_MS) / requests,
      senderCpus: (user + system) / US_PER_MS / wallMs,
    }
  }
  for (const server of [subject, other]) await sendRaw(load(server), 2 * requests, connections)
  const measured: Quad[] = []
  for (let quad = 0; quad < quads; quad++) {
    const [first, second, third, fourth] = [
      await block(subject),
      await block(other),
      await block(other),
      await block(subject),
    ]
    measured.push({ subject: mean(first, fourth), other: mean(second, third) })
  }
  return measured
}

function namesOf(headers: readonly string[]): string {
  return headers
    .filter((_, index) => index % 2 === 0)
    .map((name) => name.toLowerCase())
    .toSorted()
    .join(' ')
}

function mean(left: SideUse, right: SideUse): SideUse {
  return {
    cpuUsPerRequest: (left.cpuUsPerRequest + right.cpuUsPerRequest) / 2,
    wallUsPerRequest: (left.wallUsPerRequest + right.wallUsPerRequest) / 2,
    senderCpus: (left.senderCpus + right.senderCpus) / 2,
  }
}
