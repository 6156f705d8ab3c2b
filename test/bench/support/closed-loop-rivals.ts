import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { measuredRun } from './measured-run.ts'
import { AUTOCANNON, onCpu } from './on-cpu.ts'

const CONNECTIONS = 50
const WARM_UP_S = 2
const MEASURED_S = 5

const SCENARIO = `name: rivals
description: Three weighted routes whose answers are checked.
requests:
  - { name: GET /a, path: /a, weight: 5, expect: { status: 200, bodyContains: plain server } }
  - { name: GET /b, path: /b, weight: 3, expect: { status: 200, bodyContains: plain server } }
  - { name: GET /c, path: /c, weight: 2, expect: { status: 200, bodyContains: plain server } }
phases:
  - { name: warm-up, kind: closed, connections: ${CONNECTIONS}, duration: ${WARM_UP_S}s, measured: false }
  - { name: saturate, kind: closed, connections: ${CONNECTIONS}, duration: ${MEASURED_S}s }
`

/** Requests per second of tune with three weighted routes, status and body of each answer checked; all of them must be right. */
export async function tunePerS(url: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tune-rivals-'))
  try {
    const file = join(folder, 'rivals.yaml')
    writeFileSync(file, SCENARIO)
    const { requests, routes, throughputPerS } = await measuredRun([file, '--url', url])
    if (requests.good !== requests.sent || routes.length !== 3)
      throw new Error(`${requests.good} of ${requests.sent} answers were right, on ${routes.length} routes`)
    return throughputPerS
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Requests per second of autocannon as it is: one route, nothing checked, its own warm-up. */
export async function autocannonPerS(url: string, cpu: number): Promise<number> {
  const load = ['-c', String(CONNECTIONS), '-d', String(MEASURED_S)]
  const warmUp = ['--warmup', '[', '-c', String(CONNECTIONS), '-d', String(WARM_UP_S), ']']
  const stdout = await onCpu(cpu, [...AUTOCANNON, ...load, ...warmUp, '--json', '-n', url])
  // One line for the warm-up, one for the run.
  const { requests, duration } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
    readonly requests: { readonly total: number }
    readonly duration: number
  }
  return requests.total / duration
}
