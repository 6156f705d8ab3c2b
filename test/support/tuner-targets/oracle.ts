/**
 * Process entry: a server whose best number of workers follows from what its requests cost.
 *
 *     node oracle.ts --kind cpu-blocking --workers 5 --port 3000
 */
import { createServer } from 'node:http'

import { handlerOf, ORACLE_KINDS, startShared } from './oracle-kinds.ts'
import { clusterFlags, runCluster } from './worker-cluster.ts'

const { workers, port, kind: name } = clusterFlags()
const kind = ORACLE_KINDS.find((known) => known === name)
if (kind === undefined) throw new RangeError(`--kind must be one of ${ORACLE_KINDS.join(', ')}, got "${name}"`)

await runCluster({
  workers,
  port,
  startShared: () => startShared(kind),
  createServer: () => {
    const handler = handlerOf(kind)
    return createServer((_, response) => {
      void Promise.resolve(handler()).then(() => response.end('done'))
    })
  },
})
