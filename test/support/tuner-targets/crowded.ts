/**
 * Process entry: the server of oracle.ts on a machine that holds three workers; with more of them it does not start.
 *
 *     node crowded.ts --kind cpu-blocking --workers 3 --port 3000
 */
import { clusterFlags } from './worker-cluster.ts'

if (clusterFlags().workers > 3) {
  process.stderr.write('no memory left\n')
  process.exit(1)
}
await import('./oracle.ts')
