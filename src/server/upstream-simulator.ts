import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { logNormal, seededRandom } from '../core/random.ts'
import type { Random } from '../core/random.ts'
import { endWithParent } from '../host/process-entry.ts'
import type { SimulatorCommand, SimulatorMessage, SimulatorProfile, UpstreamFault } from './messages.ts'
import { drip, send, truncate } from './simulated-answer.ts'

/** Process entry: paid services as they look from outside; slow, limited, sometimes wrong. Told over IPC what to be. */

const faults = new Map<string, { readonly fault: UpstreamFault; readonly sinceMs: number }>()
const NOTHING_WRONG: UpstreamFault = {}
const HEALTH_PATH = '/health'

endWithParent()
// The controller decides when a run is over; Ctrl-C reaches all processes of the terminal.
process.on('SIGINT', () => undefined)
process.on('message', (command: SimulatorCommand) => {
  if (command.type === 'fault') {
    faults.set(command.name, { fault: command.fault, sinceMs: performance.now() })
    tell({ type: 'fault-set' })
  } else {
    void Promise.all(command.profiles.map(listen)).then((ports) => tell({ type: 'listening', ports }))
  }
})

/** Resolves with the port. */
function listen(profile: SimulatorProfile): Promise<number> {
  const random = seededRandom(profile.seed)
  let running = 0
  const server = createServer((request, response) => {
    request.resume()
    const fault = faultNow(profile.name)
    if (running >= (fault.capacity ?? profile.concurrency)) return send(response, 503, { error: 'overloaded' })
    running++
    response.once('close', () => running--)
    simulate(request, response, profile, fault, random)
  })
  // Longer than any pause of the server's own, so that the server and not we close an idle connection.
  server.keepAliveTimeout = 600_000
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(address.port)
    })
  })
}

/** What is wrong at this moment. */
function faultNow(name: string): UpstreamFault {
  const { fault, sinceMs } = faults.get(name) ?? { fault: NOTHING_WRONG, sinceMs: 0 }
  const { flappingMs } = fault
  const isPausing = flappingMs !== undefined && (performance.now() - sinceMs) % flappingMs >= flappingMs / 2
  return isPausing ? NOTHING_WRONG : fault
}

function simulate(
  request: IncomingMessage,
  response: ServerResponse,
  { name, medianMs, sigma }: SimulatorProfile,
  { errorRate = 0, latencyFactor = 1, silence, body }: UpstreamFault,
  random: Random,
): void {
  const isCheck = request.url === HEALTH_PATH
  // Drawn for every call, so that a fault does not change the latencies of later ones; checks draw nothing of it.
  const latencyMs = isCheck ? 0 : logNormal(random, medianMs, sigma) * latencyFactor
  const isWrong = isCheck ? errorRate >= 1 : random() < errorRate
  if (silence === 'hang') return
  if (silence === 'reset') return void request.socket.resetAndDestroy()
  const timer = setTimeout(() => {
    if (isWrong) return send(response, 500, { error: 'simulated failure' })
    const answer = isCheck ? { status: 'ok' } : answerTo(request.url, name, latencyMs)
    if (body === 'drip') drip(response, answer)
    else if (body === 'truncate') truncate(response, answer)
    else send(response, 200, answer)
  }, latencyMs)
  response.once('close', () => clearTimeout(timer))
}

function answerTo(path: string | undefined, name: string, latencyMs: number): unknown {
  const text = `${name} took ${Math.round(latencyMs)} ms`
  if (path !== '/v1/completions') return { text }
  const choice = { index: 0, text, message: { role: 'assistant', content: text }, finish_reason: 'stop' }
  return { object: 'text_completion', model: name, choices: [choice] }
}

function tell(message: SimulatorMessage): void {
  process.send?.(message)
}
