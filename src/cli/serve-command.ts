import { resolveSettings, describeSettings } from '../core/settings.ts'
import { detectHost } from '../host/detect.ts'
import { startBundledTarget } from '../server/bundled-target.ts'
import { printError } from './errors.ts'
import { EXIT } from './exit-codes.ts'
import { watchInterruption } from './interruption.ts'

/** The flags of `tune serve`, parsed. */
export interface ServeFlags {
  readonly port?: number
  readonly workers?: number | 'auto'
  readonly preset?: string
  readonly set?: Readonly<Record<string, string>>
  readonly cpus?: number
  readonly printSettings?: boolean
}

const SEED = 1

/** Runs the bundled server until it is told to stop; a stop that was asked for is a success. */
export async function runServe(flags: ServeFlags): Promise<number> {
  const port = flags.port === undefined ? {} : { SERVER_PORT: String(flags.port) }
  const workers = flags.workers === undefined ? {} : { WEB_CONCURRENCY: String(flags.workers) }
  const settings = resolveSettings({
    flags: { ...flags.set, ...port, ...workers },
    environment: process.env,
    ...(flags.preset === undefined ? {} : { preset: flags.preset }),
  })
  if (flags.printSettings === true) {
    process.stdout.write(describeSettings(settings))
    return EXIT.done
  }
  const host = detectHost(flags.cpus === undefined ? {} : { cpusOverride: flags.cpus })
  const interruption = watchInterruption(() => process.stderr.write('draining; press Ctrl-C again to stop at once\n'))
  try {
    const server = await startBundledTarget({
      settings,
      targetCpus: [],
      simulatorCpus: [],
      effectiveCpus: host.cpus.effective,
      seed: SEED,
      signal: interruption.signal,
    })
    process.stderr.write(
      `listening on ${server.url} with ${server.workers} worker${server.workers === 1 ? '' : 's'}; Ctrl-C stops it\n`,
    )
    const stopAsked = new Promise<undefined>((resolve) => {
      interruption.signal.addEventListener('abort', () => resolve(undefined), { once: true })
      if (interruption.signal.aborted) resolve(undefined)
    })
    const ended = await Promise.race([stopAsked, server.exited])
    if (ended === undefined) {
      await server.stop()
      return EXIT.done
    }
    printError(new Error(`the server ended: ${ended.reason}`), process.stderr)
    return EXIT.targetUnusable
  } finally {
    interruption.dispose()
  }
}
