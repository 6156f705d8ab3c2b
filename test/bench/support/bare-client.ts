/**
 * Process entry: sends requests as simply as Node can, on some connections each of which waits for an answer before it sends the
 * next, and tells the response times. What it does is its argument, as JSON.
 */
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'

import { preferThisThread } from '../../../src/host/priority.ts'
import { endWithParent } from '../../../src/host/process-entry.ts'

/** A closed loop. */
export interface BareLoad {
  readonly url: string
  readonly connections: number
  /** Of each connection, before each request. */
  readonly pauseMs: number
  readonly durationMs: number
}

endWithParent()
preferThisThread(true)
// What the parent gives is a load: it wrote it.
const { url, connections, pauseMs, durationMs } = JSON.parse(process.argv[2] ?? '') as BareLoad
const { hostname, port, host } = new URL(url)
const request = Buffer.from(`GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
const endMs = performance.now() + durationMs
const tookMs: number[] = []

function send(): Promise<void> {
  return new Promise((resolve, reject) => {
    let startedMs = 0
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    const next = (): void => {
      startedMs = performance.now()
      if (startedMs < endMs) socket.write(request)
      else socket.destroy()
    }
    const pause = (): void => {
      if (pauseMs === 0) next()
      else setTimeout(next, pauseMs)
    }
    socket.on('connect', pause)
    socket.on('data', () => {
      tookMs.push(performance.now() - startedMs)
      pause()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve())
  })
}

await Promise.all(Array.from({ length: connections }, send))
// Those of the first half are its warm-up.
process.send?.(tookMs.slice(tookMs.length / 2))
