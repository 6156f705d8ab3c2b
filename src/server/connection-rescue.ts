import type { ChildProcess } from 'node:child_process'
import type { Worker } from 'node:cluster'

/** What node:cluster sends with a new connection, and what the worker answers as soon as it has read that. */
interface ClusterMessage {
  readonly cmd?: unknown
  readonly act?: unknown
  readonly seq?: unknown
  readonly ack?: unknown
}

/** The handle of a connection. */
interface Connection {
  readonly close: () => void
}

/**
 * Saves connections that a worker was sent and had not read when it died: the next worker gets them. node:cluster alone keeps
 * them open for ever and answers nobody, one for each worker that is killed while it is busy.
 *
 * A worker confirms a connection before it reads from it, so that what is not confirmed is whole. Where node:cluster should
 * change its messages, nothing is recognised, and nothing is saved.
 *
 * @param hasOthers whether another worker can take a connection; otherwise they are closed
 * @see lib/internal/cluster/round_robin_handle.js of Node 22 to 26: handoff() keeps a connection until there is a reply
 * @see lib/internal/child_process.js: disconnect() waits for the confirmation of a handle
 */
export function rescueConnections(worker: Worker, hasOthers: () => boolean): void {
  const child: ChildProcess = worker.process
  const unread = new Map<number, Connection>()
  const send = child.send.bind(child) as (...sent: readonly unknown[]) => boolean // any of its overloads
  child.send = (...sent: readonly unknown[]): boolean => {
    const [message, handle] = sent as [ClusterMessage | null | undefined, Connection | undefined] // looked at next
    if (message?.cmd === 'NODE_CLUSTER' && message.act === 'newconn' && typeof message.seq === 'number' && handle) {
      unread.set(message.seq, handle)
    }
    return send(...sent)
  }
  child.on('internalMessage', ({ cmd, ack }: ClusterMessage) => {
    if (cmd === 'NODE_CLUSTER' && typeof ack === 'number') unread.delete(ack)
  })
  let isDisconnected = false
  child.once('disconnect', () => {
    isDisconnected = true
  })
  // The process is gone, and everything that it ever said has been heard.
  child.once('close', () => {
    // Node puts this event off until the connection is confirmed; without it the cluster would go on to use this worker.
    if (!isDisconnected) child.emit('disconnect')
    for (const [seq, connection] of unread) {
      if (hasOthers()) child.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack: seq, accepted: false })
      else connection.close()
    }
    unread.clear()
  })
}
