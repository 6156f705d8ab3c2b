import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Milliseconds } from '../../../src/core/clock.ts'
import { AUTOCANNON, onCpu } from './on-cpu.ts'
import { sampleQuantile } from './oracle-laws.ts'

/** The load that another tool is asked for. */
export interface PeerLoad {
  readonly url: string
  readonly connections: number
  /** Undefined: as fast as the connections allow. */
  readonly ratePerS: number | undefined
  readonly seconds: number
}

/** What a tool says; undefined where it does not say it. */
export interface PeerFigures {
  readonly p50Ms: Milliseconds | undefined
  readonly p95Ms: Milliseconds | undefined
  readonly p99Ms: Milliseconds | undefined
}

/** Another load generator. */
export interface Peer {
  readonly name: string
  /** It can be asked for a rate. */
  readonly hasRate: boolean
  readonly measure: (load: PeerLoad, cpu: number) => Promise<PeerFigures>
}

const US_PER_MS = 1_000

const WRK_QUANTILES = `done = function(summary, latency)
  for _, percent in ipairs({50, 95, 99}) do
    io.write(string.format("p%d=%.3f\\n", percent, latency:percentile(percent) / 1000))
  end
end
`

/** The tools that are installed here; autocannon always is. */
export function installedPeers(): readonly Peer[] {
  return PEERS.filter(({ name }) => name === 'autocannon' || spawnSync('which', [name]).status === 0)
}

const PEERS: readonly Peer[] = [
  {
    name: 'autocannon',
    hasRate: true,
    async measure({ url, connections, ratePerS, seconds }, cpu) {
      const rate = ratePerS === undefined ? [] : ['-R', String(ratePerS)]
      const load = ['-c', String(connections), '-d', String(seconds), ...rate]
      const output = await onCpu(cpu, [...AUTOCANNON, ...load, '--json', '-n', url])
      // Its latency block has no p95.
      const { latency } = JSON.parse(output) as { readonly latency: { readonly p50: number; readonly p99: number } }
      return { p50Ms: latency.p50, p95Ms: undefined, p99Ms: latency.p99 }
    },
  },
  {
    name: 'wrk',
    hasRate: false,
    measure: ({ url, connections, seconds }, cpu) =>
      withFolder(async (folder) => {
        const script = join(folder, 'quantiles.lua')
        writeFileSync(script, WRK_QUANTILES)
        const load = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script]
        const output = await onCpu(cpu, ['wrk', ...load, url])
        return figures((percent) => new RegExp(`^p${percent}=(.+)$`, 'm').exec(output)?.[1])
      }),
  },
  {
    name: 'hey',
    hasRate: true,
    async measure({ url, connections, ratePerS, seconds }, cpu) {
      // Its rate is that of each connection.
      const rate = ratePerS === undefined ? [] : ['-q', String(ratePerS / connections)]
      const load = ['-z', `${seconds}s`, '-c', String(connections), '-cpus', '1', ...rate]
      const output = await onCpu(cpu, ['hey', ...load, url])
      const inSeconds = (percent: number): string | undefined =>
        new RegExp(`^\\s*${percent}%+ in ([\\d.]+) secs`, 'm').exec(output)?.[1]
      const { p50Ms, p95Ms, p99Ms } = figures(inSeconds)
      return { p50Ms: inMs(p50Ms), p95Ms: inMs(p95Ms), p99Ms: inMs(p99Ms) }
    },
  },
  {
    name: 'ab',
    hasRate: false,
    async measure({ url, connections, seconds }, cpu) {
      const load = ['-q', '-k', '-c', String(connections), '-t', String(seconds), '-n', '10000000']
      const output = await onCpu(cpu, ['ab', ...load, url])
      return figures((percent) => new RegExp(`^\\s*${percent}%\\s+(\\d+)`, 'm').exec(output)?.[1])
    },
  },
  {
    name: 'h2load',
    hasRate: false,
    measure: ({ url, connections, seconds }, cpu) =>
      withFolder(async (folder) => {
        const log = join(folder, 'requests.log')
        await onCpu(cpu, [
          'h2load',
          '--h1',
          '-c',
          String(connections),
          '-t1',
          '-D',
          String(seconds),
          `--log-file=${log}`,
          url,
        ])
        // It prints a mean only; its log has one line per request: start, status, µs.
        const tookMs = readFileSync(log, 'utf8')
          .trim()
          .split('\n')
          .map((line) => Number(line.split('\t')[2]) / US_PER_MS)
        return figures((percent) => String(sampleQuantile(tookMs, percent / 100)))
      }),
  },
]

function figures(textOf: (percent: number) => string | undefined): PeerFigures {
  const at = (percent: number): number | undefined => {
    const text = textOf(percent)
    return text === undefined ? undefined : Number(text)
  }
  return { p50Ms: at(50), p95Ms: at(95), p99Ms: at(99) }
}

function inMs(seconds: number | undefined): Milliseconds | undefined {
  return seconds === undefined ? undefined : seconds * 1_000
}

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tune-peers-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
