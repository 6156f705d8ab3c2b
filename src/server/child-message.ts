import type { ChildProcess } from 'node:child_process'

import type { Milliseconds } from '../core/clock.ts'
import { TargetError } from '../core/errors.ts'

/** What is waited for, from whom, and how long. */
export interface ExpectedMessage<Wanted> {
  /** The process in words, for messages: `the bundled server`. */
  readonly name: string
  readonly timeoutMs: Milliseconds
  readonly signal?: AbortSignal | undefined
  /** The answer when it is the one; undefined for other messages. May throw: then waiting fails with that. */
  readonly match: (message: unknown) => Wanted | undefined
  /** The end of what the process printed, for the explanation. */
  readonly output?: () => string
}

/**
 * Waits for one message of a child process.
 *
 * @throws {TargetError} when the child ends or says nothing in time
 */
export function childMessage<Wanted>(child: ChildProcess, expected: ExpectedMessage<Wanted>): Promise<Wanted> {
  const { name, timeoutMs, signal, match, output = () => '' } = expected
  const { promise, resolve, reject } = Promise.withResolvers<Wanted>()
  const fail = (what: string): void => {
    const printed = output().trim()
    reject(new TargetError(`${name} ${what}${printed === '' ? '' : `:\n${printed}`}`, { hint: 'run: tune doctor' }))
  }
  const onMessage = (message: unknown): void => {
    try {
      const wanted = match(message)
      if (wanted !== undefined) resolve(wanted)
    } catch (error) {
      reject(error)
    }
  }
  const onExit = (code: number | null, killedBy: string | null): void =>
    fail(`ended (${killedBy ?? `exit code ${code}`})`)
  const onError = (error: Error): void => fail(`did not start (${error.message})`)
  const onAbort = (): void => reject(signal?.reason as Error) // an abort's reason is whatever the caller gave
  const timer = setTimeout(() => fail(`did not answer within ${timeoutMs / 1_000} s`), timeoutMs)
  if (child.exitCode !== null || child.signalCode !== null) onExit(child.exitCode, child.signalCode)
  child.on('message', onMessage).once('exit', onExit).once('error', onError)
  signal?.addEventListener('abort', onAbort)
  return promise.finally(() => {
    clearTimeout(timer)
    child.off('message', onMessage).off('exit', onExit).off('error', onError)
    signal?.removeEventListener('abort', onAbort)
  })
}
