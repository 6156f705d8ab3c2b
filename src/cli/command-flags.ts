import { type CommandTargetOptions, hasPlaceholder } from '../bench/command-target.ts'
import { hasReference, referencedValues } from '../core/environment-references.ts'
import { UsageError } from '../core/errors.ts'
import { MASK, shownValue, withoutSecrets } from '../core/secrets.ts'
import { commandWords } from './command-words.ts'
import { filledFromEnvironment } from './environment-references.ts'
import type { RunFlags } from './run-flags.ts'

/**
 * The target that `--cmd`, `--port`, `--env` and `-w` describe.
 *
 * @param secrets values of headers that the command may print
 * @throws {UsageError} for a command that needs a shell or holds `{{env.NAME}}`, and for a port or worker count that the
 *   command is not told
 */
export function commandTarget(
  flags: RunFlags & { readonly cmd: string },
  secrets: readonly string[],
): CommandTargetOptions {
  if (hasReference(flags.cmd)) {
    throw new UsageError('--cmd takes no {{env.NAME}}: others can read the command line of the program', {
      hint: "the command has the variables of tune; name others with --env 'PASSWORD={{env.PASSWORD}}'",
    })
  }
  const entries = Object.entries(flags.env ?? {})
  const command = {
    argv: commandWords(flags.cmd),
    environment: Object.fromEntries(
      entries.map(([name, value]) => [name, filledFromEnvironment(value, process.env, `--env ${name}`)]),
    ),
  }
  if (flags.port === undefined) {
    throw new UsageError('--cmd needs --port, to know where the server will listen', {
      hint: 'for example: --port 3000, or --port 0 with {port} in --cmd or --env',
    })
  }
  if (flags.port === 0 && !hasPlaceholder(command, 'port')) {
    throw new UsageError('--port 0 chooses a free port, and nothing tells the command which one', {
      hint: 'put {port} into --cmd or --env, for example: --env PORT={port}',
    })
  }
  if (flags.workers !== undefined && !hasPlaceholder(command, 'workers')) {
    throw new UsageError('-w gives the command its workers, and nothing tells it how many', {
      hint: 'put {workers} into --cmd or --env, for example: --env WEB_CONCURRENCY={workers}',
    })
  }
  return {
    kind: 'command',
    line: withoutSecrets(flags.cmd),
    ...command,
    port: flags.port,
    settings: Object.fromEntries(
      entries.map(([name, value]) => [name, hasReference(value) ? MASK : shownValue(name, value)]),
    ),
    secrets: [...secrets, ...entries.flatMap(([, value]) => referencedValues(value, process.env))],
    workers: flags.workers ?? 'auto',
  }
}
