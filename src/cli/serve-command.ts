import { closeSync, openSync } from 'node:fs'

import { httpOrigin } from '../core/http-origin.ts'
import { messageOf, TargetError } from '../core/errors.ts'
import type { ResolvedSettings } from '../core/settings.ts'
import { resolveSettings, describeSettings } from '../core/settings.ts'
import { settingWarnings } from '../core/settings-checks.ts'
import { detectHost } from '../host/detect.ts'
import { startBundledTarget } from '../server/bundled-target.ts'
import type { BundledTarget } from '../server/bundled-target.ts'
import { cpuThreadWarning } from '../server/cpu-threads.ts'
import { serverOptions } from '../server/options.ts'
import { readConfigFile } from './config-file.ts'
import { EXIT } from './exit-codes.ts'
import { watchInterruption } from './interruption.ts'

/** The flags of `tune serve`, parsed. */
export interface ServeFlags {
  readonly port?: number
  readonly workers?: number | 'auto'
  readonly preset?: string
  readonly config?: string
  readonly set?: Readonly<Record<string, string>>
  readonly cpus?: number
  readonly printSettings?: boolean
}

const SEED = 1

/**
 * Runs the bundled server until it is told to stop; a stop that was asked for is a success. SIGHUP reads the settings anew
 * and replaces all workers.
 */
export async function runServe(flags: ServeFlags): Promise<number> {
  const settings = readSettings(flags)
  if (flags.printSettings === true) {
    process.stdout.write(describeSettings(settings))
    return EXIT.done
  }
  const host = detectHost(flags.cpus === undefined ? {} : { cpusOverride: flags.cpus })
  const effectiveCpus = host.cpus.effective
  const { workers, metrics } = serverOptions(settings, effectiveCpus)
  warnOfSettings(settings, effectiveCpus)
  let server: BundledTarget | undefined
  const reload = oneAtATime(async () => {
    if (server !== undefined) say(await reloaded(server, flags, effectiveCpus))
  })
  const hadTerminal = hasTerminal()
  const interruption = watchInterruption(
    () => say('draining; press Ctrl-C again to stop at once'),
    () => {
      if (hadTerminal && !hasTerminal()) return 'end'
      reload()
      return 'go on'
    },
  )
  try {
    server = await startBundledTarget({
      settings,
      targetCpus: [],
      simulatorCpus: [],
      effectiveCpus,
      seed: SEED,
      onWarning: warn,
      log: process.stderr,
      opensMetricsPort: true,
      signal: interruption.signal,
    })
    const by = workers === 0 ? 'in a single process' : `with ${workers} worker${workers === 1 ? '' : 's'}`
    say(`listening on ${server.url} ${by}; Ctrl-C stops it`)
    if (metrics !== null && metrics.port !== null) say(`metrics on ${httpOrigin(metrics.host, metrics.port)}/metrics`)
    const stopAsked = new Promise<undefined>((resolve) => {
      interruption.signal.addEventListener('abort', () => resolve(undefined), { once: true })
      if (interruption.signal.aborted) resolve(undefined)
    })
    const ended = await Promise.race([stopAsked, server.exited])
    if (ended === undefined) return EXIT.done
    throw new TargetError(`the server ended: ${ended.reason}`, { hint: 'start it again; the lines above say more' })
  } finally {
    await server?.stop()
    interruption.dispose()
  }
}

/** Everything but the environment may have changed since the last time. */
function readSettings({ port, workers, preset, config, set }: ServeFlags): ResolvedSettings {
  return resolveSettings({
    flags: {
      ...set,
      ...(port !== undefined && { SERVER_PORT: String(port) }),
      ...(workers !== undefined && { WEB_CONCURRENCY: String(workers) }),
    },
    environment: process.env,
    file: config === undefined ? undefined : readConfigFile(config),
    preset,
  })
}

/** @returns what has come of it, in words: wrong settings change nothing */
async function reloaded(server: BundledTarget, flags: ServeFlags, effectiveCpus: number): Promise<string> {
  try {
    const settings = readSettings(flags)
    const { live, restart } = await server.reload(settings)
    warnOfSettings(settings, effectiveCpus)
    const changed = live.length === 0 ? 'no setting has changed' : `now in effect: ${live.join(', ')}`
    const later = restart.length === 0 ? '' : `; needs a new start: ${restart.join(', ')}`
    return `reloaded, the workers are new; ${changed}${later}`
  } catch (error) {
    return `not reloaded, the settings before stay in force: ${messageOf(error)}`
  }
}

/** Whoever asks while it runs has it run once more. */
function oneAtATime(task: () => Promise<void>): () => void {
  let asked = 0
  const run = async (): Promise<void> => {
    while (asked > 0) {
      asked = 1
      await task()
      asked--
    }
  }
  return () => {
    asked++
    if (asked === 1) void run()
  }
}

/** A shell passes the hang-up of its terminal on; an operator's SIGHUP comes while the terminal, if any, is still there. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

/** Of what works and is hardly meant. */
function warnOfSettings(settings: ResolvedSettings, effectiveCpus: number): void {
  const options = serverOptions(settings, effectiveCpus)
  const workers = Math.max(1, options.workers)
  settingWarnings(settings, workers).forEach(warn)
  const ofThreads = cpuThreadWarning(workers, options.cpuThreads?.threads ?? 0, effectiveCpus)
  if (ofThreads !== undefined) warn(ofThreads)
}

function warn(text: string): void {
  say(`warning: ${text}`)
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
