import type { Server } from 'node:http'

import { answerClientErrors } from './client-errors.ts'
import { limitConnections } from './connection-limits.ts'
import type { LayerCounts } from './metrics/layer-counts.ts'
import type { HttpOptions } from './options/http.ts'

/**
 * Looks after what happens on the connections of a server outside of its requests.
 *
 * @returns how to leave that to somebody else
 */
export function guardEdge(server: Server, options: HttpOptions, counts: LayerCounts['edge']): () => void {
  const stops = [answerClientErrors(server, counts), limitConnections(server, options, counts)]
  return () => {
    for (const stop of stops) stop()
  }
}
