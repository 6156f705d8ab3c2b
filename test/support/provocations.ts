import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import type { Report, Run } from '../../src/core/report.ts'
import { readAffinity } from '../../src/host/cpu.ts'
import { createCpuQuota } from '../../src/host/quota.ts'
import { DEFAULT_TIME_LIMIT_MS, runTune } from './run-tune.ts'

const BIN = fileURLToPath(new URL('../../bin/tune.js', import.meta.url))
/** A hog that its starter forgets ends by itself. */
const LONGEST_HOG_MS = 60_000
const HOG = `const endMs = Date.now() + ${LONGEST_HOG_MS}; while (Date.now() < endMs);`

/** The measured phase of one bench with nothing around it that we know of. */
export async function benchRun(args: readonly string[]): Promise<Run> {
  const { code, stdout, stderr } = await runTune(['bench', '--json', '--quiet', ...args])
  return onlyRun(stdout, `exit code ${code}: ${stderr}`)
}

/** The same while another process spins on one CPU. */
export async function benchBesideHog(cpu: number, args: readonly string[]): Promise<Run> {
  const hog = spawn('taskset', ['-c', String(cpu), process.execPath, '-e', HOG], { stdio: 'ignore' })
  await once(hog, 'spawn')
  try {
    return await benchRun(args)
  } finally {
    hog.kill('SIGKILL')
  }
}

/**
 * The same while everything, tune and its target, shares a CPU quota.
 *
 * @throws {TargetError} where no quota can be created
 */
export async function benchUnderQuota(cpus: number, args: readonly string[]): Promise<Run> {
  const quota = createCpuQuota(cpus)
  // The shell waits until it is under the quota, and then becomes tune.
  const command = ['read -r go; exec "$0" "$@"', process.execPath, BIN, 'bench', '--json', '--quiet', ...args]
  const tune = spawn('sh', ['-c', ...command], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: DEFAULT_TIME_LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  tune.stdout.on('data', (chunk: Buffer) => (stdout += String(chunk)))
  try {
    await once(tune, 'spawn')
    quota.add(tune.pid ?? 0)
    tune.stdin.end('go\n')
    const [code] = (await once(tune, 'close')) as [number | null]
    return onlyRun(stdout, `exit code ${code}`)
  } finally {
    tune.kill('SIGKILL')
    await quota.remove()
  }
}

/** The CPUs that a split gives to target and generator, when there are two that this process may use; else undefined. */
export function splitCpus(): { readonly target: number; readonly generator: number } | undefined {
  const [target, generator, ...more] = readAffinity('/')
  return target === undefined || generator === undefined || more.length > 0 ? undefined : { target, generator }
}

function onlyRun(stdout: string, otherwise: string): Run {
  const run = stdout === '' ? undefined : (JSON.parse(stdout) as Report).runs[0]
  if (run === undefined) throw new Error(`no result, ${otherwise}`)
  return run
}
