import type { TestContext } from 'node:test'

import { resolveSettings } from '../../src/core/settings.ts'
import type * as source from '../../src/server/bundled-target.ts'
import { startBundledTarget } from '../../src/server/bundled-target.ts'
import type { BundledTarget, BundledTargetOptions } from '../../src/server/bundled-target.ts'

/** A bundled server, and what it has warned of so far. */
export interface RunningServer extends BundledTarget {
  readonly warnings: readonly string[]
  /** Those of its processes that serve. */
  readonly workerPids: () => readonly number[]
}

/** The whole bundled server with the settings of `tune bench` and these; it ends with the test. */
export async function runServer(
  t: TestContext,
  flags: Readonly<Record<string, string>>,
  more: Partial<BundledTargetOptions> = {},
  start: typeof startBundledTarget = startBundledTarget,
): Promise<RunningServer> {
  const warnings: string[] = []
  const target = await start({
    settings: resolveSettings({ flags, environment: {}, preset: 'bench' }),
    targetCpus: [],
    simulatorCpus: [],
    effectiveCpus: 1,
    port: 0,
    seed: 1,
    onWarning: (text) => warnings.push(text),
    ...more,
  })
  t.after(() => target.stop())
  return Object.assign(target, { warnings, workerPids: () => target.pids().slice(1) })
}

/**
 * The same from dist, for what is measured in seconds: there workers start in half the time that they take from source, where
 * Node has to strip the types first.
 */
export async function runShippedServer(
  t: TestContext,
  flags: Readonly<Record<string, string>>,
): Promise<RunningServer> {
  const shipped = new URL('../../dist/server/bundled-target.js', import.meta.url)
  // It was built from the source.
  const { startBundledTarget: start } = (await import(shipped.href)) as Pick<typeof source, 'startBundledTarget'>
  return runServer(t, flags, {}, start)
}

/** Has every Node process that this one starts from now on import some code first, until the test ends. */
export function preload(t: TestContext, code: string): void {
  const before = process.env['NODE_OPTIONS']
  const url = `data:text/javascript,${encodeURIComponent(code)}`
  process.env['NODE_OPTIONS'] = `${before ?? ''} --import=${url}`
  t.after(() => {
    if (before === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = before
  })
}

/** The code of `preload` that only workers of the cluster run. */
export function inWorkers(code: string): string {
  return `if (/server.worker\\.[jt]s$/.test(process.argv[1] ?? '')) { ${code} }`
}
