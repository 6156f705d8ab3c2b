import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** Clients that send large bodies slowly, each one after the other on a connection of its own. */
export interface Uploads {
  /** Resolves when the last ones are answered. */
  readonly stop: () => Promise<{ readonly answered: number; readonly problems: readonly string[] }>
}

const PIECES = 20
const PIECE = ' '.repeat(10_000)
const PAUSE_MS = 50

/** Each body is 200 kB of JSON, mostly white space, and takes a second. */
export function startUploads(url: string, clients: number): Uploads {
  const stopping = new AbortController()
  let answered = 0
  const problems: string[] = []
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (!stopping.signal.aborted) {
      try {
        const status = await upload(url, agent)
        if (status === 200) answered++
        else problems.push(`status ${status}`)
      } catch (error) {
        problems.push(String(error))
      }
    }
    agent.destroy()
  }
  const running = Array.from({ length: clients }, client)
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all(running)
      return { answered, problems }
    },
  }
}

async function upload(url: string, agent: Agent): Promise<number | undefined> {
  const sending = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json' } })
  const status = new Promise<number | undefined>((resolve, reject) => {
    sending.once('error', reject)
    sending.once('response', (response) => {
      response.resume()
      response.once('error', reject)
      response.once('end', () => resolve(response.statusCode))
    })
  })
  status.catch(() => undefined) // it is looked at when the body is out
  sending.write('{"query": "harbour"')
  for (let piece = 0; piece < PIECES && !sending.destroyed; piece++) {
    sending.write(PIECE)
    await sleep(PAUSE_MS)
  }
  sending.end('}')
  return status
}
