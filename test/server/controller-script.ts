import { resolveSettings } from '../../src/core/settings.ts'
import { startBundledTarget } from '../../src/server/bundled-target.ts'

/** A controller that starts a server, says which processes it has, and then waits to be killed. */
const settings = resolveSettings({ flags: { WEB_CONCURRENCY: '2' }, environment: {}, preset: 'bench' })
const target = await startBundledTarget({
  settings,
  targetCpus: [],
  simulatorCpus: [],
  effectiveCpus: 1,
  port: 0,
  seed: 1,
})
process.stdout.write(`${JSON.stringify({ url: target.url, pids: target.pids() })}\n`)
