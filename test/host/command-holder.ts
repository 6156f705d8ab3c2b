import { keepCommand } from '../../src/host/kept-command.ts'
import { eventually } from '../support/run-tune.ts'

/** A process for the tests: keeps the Node script in its arguments, and tells the processes once there are three. */
const kept = await keepCommand({
  argv: [process.execPath, ...process.argv.slice(2)],
  environment: { PORT: '0' },
  cpus: [],
})
await eventually('three processes run', () => kept.pids().length === 3)
process.send?.(kept.pids())
