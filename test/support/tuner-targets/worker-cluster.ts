import cluster from 'node:cluster'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { parseArgs } from 'node:util'

/** A server over several processes, as its command line describes it. */
export interface ClusterPlan {
  readonly workers: number
  readonly port: number
  /** Runs in the first process, before the workers; what it returns is added to their environment. */
  readonly startShared?: () => Promise<Readonly<Record<string, string>>>
  /** Runs in each worker. */
  readonly createServer: () => Server
}

/**
 * The flags that every target has.
 *
 * @throws {RangeError} when `--workers` or `--port` is no whole number above 0
 */
export function clusterFlags(): { readonly workers: number; readonly port: number; readonly kind: string } {
  const option = { type: 'string', default: '' } as const
  const { values } = parseArgs({ options: { workers: option, port: option, kind: option } })
  return { workers: wholeNumber('workers', values.workers), port: wholeNumber('port', values.port), kind: values.kind }
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new RangeError(`--${name} must be a whole number above 0, got "${text}"`)
}

/**
 * Runs the server; node:cluster hands out connections in turn.
 *
 * Nobody listens before every worker is there: connections that stay open would all be with the first ones. When a worker
 * ends, everything does: with fewer workers it would not be what it was started as.
 */
export async function runCluster(plan: ClusterPlan): Promise<void> {
  if (cluster.isWorker) return runWorker(plan)
  const environment = await plan.startShared?.()
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.on('exit', ({ id }, code, signal) => {
    process.stderr.write(`worker ${id} ended: ${signal ?? `exit code ${code}`}\n`, () => process.exit(1))
  })
  const workers = Array.from({ length: plan.workers }, () => cluster.fork(environment))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  for (const worker of workers) worker.send('listen')
}

async function runWorker({ port, createServer }: ClusterPlan): Promise<void> {
  const server = createServer()
  process.send?.('ready')
  await once(process, 'message')
  server.listen(port, '127.0.0.1')
}
