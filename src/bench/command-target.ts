import { setTimeout as after } from 'node:timers/promises'

import type { Milliseconds } from '../core/clock.ts'
import { messageOf, TargetError } from '../core/errors.ts'
import type { Placement } from '../core/host-facts.ts'
import { withoutValues } from '../core/secrets.ts'
import { type CommandEnd, CommandStartError, keepCommand, type KeptCommand } from '../host/kept-command.ts'
import { workersFor } from '../server/worker-count.ts'
import { freePort, listeningOrigin } from './local-port.ts'
import type { Target, TargetSurroundings } from './target.ts'

/** A command that tune starts for each repetition. `{port}` and `{workers}` in arguments and environment are filled in. */
export interface CommandTargetOptions {
  readonly kind: 'command'
  /** As the user wrote it but for its secrets, which are masked; for messages. */
  readonly line: string
  /** Program and arguments; never a shell line. */
  readonly argv: readonly [string, ...string[]]
  /** Where it will listen; 0 for any free port. */
  readonly port: number
  /** Added to the environment of tune. */
  readonly environment: Readonly<Record<string, string>>
  /** The same as reports show it: secrets masked. */
  readonly settings: Readonly<Record<string, string>>
  /** Values that must not be shown when the command prints them. */
  readonly secrets: readonly string[]
  /** What `{workers}` is; `auto`: one per CPU of the command's share. */
  readonly workers: number | 'auto'
}

/** What the command is started in. */
interface CommandSurroundings extends Omit<TargetSurroundings, 'seed'> {
  /** How long it may take until the port answers. */
  readonly startTimeoutMs?: Milliseconds | undefined
}

/** A server that compiles or warms up first may take so long; one that takes longer is taken for hung. */
const START_TIMEOUT_MS: Milliseconds = 30_000
const LOOK_EVERY_MS: Milliseconds = 50
/** What most process managers give a server to finish its requests, before they kill it: 5 to 10 s. */
const STOP_GRACE_MS: Milliseconds = 5_000
/** After Ctrl-C everything is gone within 2 s. */
const INTERRUPTED_GRACE_MS: Milliseconds = 1_000
/** Of the output, what fits on a screen. */
const SHOWN_LINES = 20
const SHOWN_CHARACTERS = 4_000

/** Whether a command or its environment has a place for this. */
export function hasPlaceholder(
  options: Pick<CommandTargetOptions, 'argv' | 'environment'>,
  name: Placeholder,
): boolean {
  return [...options.argv, ...Object.values(options.environment)].some((text) => text.includes(`{${name}}`))
}

type Placeholder = 'port' | 'workers'

/**
 * Starts the command and waits until something accepts connections on its port.
 *
 * @throws {TargetError} when the port is taken, the command cannot be executed, ends, or does not listen in time; it tells
 *   what the command printed, and nothing is left running
 */
export async function startCommandTarget(
  options: CommandTargetOptions,
  surroundings: CommandSurroundings,
): Promise<Target> {
  const { placement, signal } = surroundings
  signal?.throwIfAborted()
  const port = await freePort(options.port)
  const workers = hasPlaceholder(options, 'workers') ? workerCount(options.workers, placement) : null
  const fill = (text: string): string =>
    text.replaceAll('{port}', String(port)).replaceAll('{workers}', String(workers ?? ''))
  const [file, ...args] = options.argv
  const kept = await execute({
    argv: [fill(file), ...args.map(fill)],
    environment: Object.fromEntries(Object.entries(options.environment).map(([name, value]) => [name, fill(value)])),
    cpus: placement.targetCpus,
    onParent: surroundings.onParent,
  })
  const stop = (): Promise<void> => stopKept(kept, signal)
  try {
    const origin = await whenListening({ options, kept, port, surroundings })
    const died = kept.exited.then((end): never => {
      throw new TargetError(`the command ended in mid-run (${end.reason})${whatItPrinted(end.output, options)}`, {
        hint: `run it by itself under the same load, and look at its messages: ${options.line}`,
      })
    })
    died.catch(() => undefined) // whoever races against it sees the error; nobody does after stop()
    const printed = async (): Promise<string> => whatItPrinted((await kept.exited).output, options)
    return { origin, workers, pids: kept.pids, stats: () => Promise.resolve(null), stop, died, printed }
  } catch (error) {
    await stop()
    throw error
  }
}

function workerCount(wanted: number | 'auto', { targetEffectiveCpus }: Placement): number {
  return wanted === 'auto' ? workersFor({ kind: 'per-cpu' }, targetEffectiveCpus) : wanted
}

async function execute(command: Parameters<typeof keepCommand>[0]): Promise<KeptCommand> {
  try {
    return await keepCommand(command)
  } catch (error) {
    if (!(error instanceof CommandStartError)) throw error
    const [program] = command.argv
    const [why, hint] =
      error.code === 'ENOENT'
        ? [`there is no program "${program}"`, 'check the spelling and PATH; a path is relative to this folder']
        : error.code === 'EACCES'
          ? [`"${program}" may not be executed`, `make it executable, or name what runs it: --cmd "node ${program}"`]
          : [messageOf(error), 'run it by itself, and look at its messages']
    throw new TargetError(`the command could not be started: ${why}`, { cause: error, hint })
  }
}

interface Start {
  readonly options: CommandTargetOptions
  readonly kept: KeptCommand
  readonly port: number
  readonly surroundings: CommandSurroundings
}

async function whenListening({ options, kept, port, surroundings }: Start): Promise<string> {
  const { signal, startTimeoutMs = START_TIMEOUT_MS } = surroundings
  const giveUpAtMs = performance.now() + startTimeoutMs
  let end: CommandEnd | undefined
  void kept.exited.then((its) => (end = its))
  while (performance.now() < giveUpAtMs) {
    signal?.throwIfAborted()
    const origin = await listeningOrigin(port)
    if (end !== undefined) throw endedEarly(end, options, port)
    if (origin !== undefined) return origin
    await Promise.race([kept.exited, after(LOOK_EVERY_MS)])
  }
  await stopKept(kept, signal)
  const { output } = await kept.exited
  throw new TargetError(
    `the command runs, but nothing listens on port ${port} after ${startTimeoutMs / 1_000} s${whatItPrinted(output, options)}`,
    { hint: 'give the port that it listens on with --port, or tell it with {port} in --cmd or --env' },
  )
}

function endedEarly(end: CommandEnd, options: CommandTargetOptions, port: number): TargetError {
  return new TargetError(
    `the command ended before it listened on port ${port} (${end.reason})${whatItPrinted(end.output, options)}`,
    { hint: `it must stay in the foreground; run it by itself: ${options.line}` },
  )
}

/** Stops within 2 s once the user has pressed Ctrl-C, also when that comes while it is being stopped. */
async function stopKept(kept: KeptCommand, signal: AbortSignal | undefined): Promise<void> {
  const hurry = (): void => void kept.stop(INTERRUPTED_GRACE_MS)
  signal?.addEventListener('abort', hurry, { once: true })
  try {
    await kept.stop(signal?.aborted === true ? INTERRUPTED_GRACE_MS : STOP_GRACE_MS)
  } finally {
    signal?.removeEventListener('abort', hurry)
  }
}

function whatItPrinted(output: string, { secrets }: CommandTargetOptions): string {
  const lines = withoutValues(output, secrets).trimEnd().split(/\r?\n/)
  const shown = lines.slice(-SHOWN_LINES).join('\n').slice(-SHOWN_CHARACTERS)
  if (shown.trim() === '') return '; it printed nothing'
  const isWhole = lines.length <= SHOWN_LINES && shown.length <= SHOWN_CHARACTERS
  return `; ${isWhole ? 'it printed' : 'the end of what it printed'}:\n${shown}`
}
