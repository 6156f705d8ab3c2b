import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'

import { logNormal, seededRandom } from '../core/random.ts'
import { endWithParent } from '../host/process-entry.ts'
import type { SimulatorCommand, SimulatorMessage, SimulatorProfile, UpstreamFault } from './messages.ts'

/** Process entry: paid services as they look from outside; slow, limited, sometimes wrong. Told over IPC what to be. */

const faults = new Map<string, UpstreamFault>()

endWithParent()
// The controller decides when a run is over; Ctrl-C reaches all processes of the terminal.
process.on('SIGINT', () => undefined)
process.on('message', (command: SimulatorCommand) => {
  if (command.type === 'fault') {
    faults.set(command.name, command.fault)
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
    if (running >= profile.concurrency) return answer(response, 503, { error: 'overloaded' })
    running++
    response.once('close', () => running--)
    const { errorRate = 0, latencyFactor = 1, silence } = faults.get(profile.name) ?? {}
    // Drawn for every call, so that a fault does not change the latencies of later ones.
    const latencyMs = logNormal(random, profile.medianMs, profile.sigma) * latencyFactor
    const isWrong = random() < errorRate
    if (silence === 'hang') return
    if (silence === 'reset') return void request.socket.resetAndDestroy()
    const timer = setTimeout(() => {
      if (isWrong) answer(response, 500, { error: 'simulated failure' })
      else answer(response, 200, { text: `${profile.name} took ${Math.round(latencyMs)} ms` })
    }, latencyMs)
    response.once('close', () => clearTimeout(timer))
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

function answer(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

function tell(message: SimulatorMessage): void {
  process.send?.(message)
}
