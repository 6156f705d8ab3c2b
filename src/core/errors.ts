/** What a caller may add to an error: the next step for the user, and what caused it. */
export interface TuneErrorOptions {
  /** One sentence that says what to do next. */
  readonly hint?: string
  readonly cause?: unknown
}

/**
 * An error that tune explains to its user: a stable `code`, a message that names the thing, what was expected
 * and what was found, and a `hint`. cli/ turns `code` into the exit code; every other error is a bug of tune.
 */
export abstract class TuneError extends Error {
  abstract readonly code: 'usage' | 'target' | 'incomplete'
  readonly hint: string | undefined

  constructor(message: string, options: TuneErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.hint = options.hint
  }
}

/** Wrong flags, values, settings or files: nothing was started (exit 2). */
export class UsageError extends TuneError {
  readonly code = 'usage'
}

/** A scenario file that does not say what it must; the message lists every problem with its line (exit 2). */
export class ScenarioError extends TuneError {
  readonly code = 'usage'
}

/** Settings that are unknown or out of range; the message lists every problem (exit 2). */
export class SettingsError extends TuneError {
  readonly code = 'usage'
}

/** The target or its environment cannot be used: would not start, unreachable, port taken (exit 3). */
export class TargetError extends TuneError {
  readonly code = 'target'
}

/** A part of the run was lost, a partial result may exist (exit 5). */
export class IncompleteError extends TuneError {
  readonly code = 'incomplete'
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
