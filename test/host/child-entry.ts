import { readAffinity } from '../../src/host/cpu.ts'
import { endWithParent } from '../../src/host/process-entry.ts'

/** A child for the tests: does what its first argument says. */
const behaviour = process.argv[2]

switch (behaviour) {
  case 'echo':
    process.on('message', (message) => process.send?.(message))
    break
  case 'affinity':
    process.send?.(readAffinity('/'))
    break
  case 'talk':
    process.stdout.write(`${'x'.repeat(20_000)}\n`)
    process.stderr.write('the last words\n')
    break
  case 'ignore-sigterm':
    process.on('SIGTERM', () => {})
    process.on('message', () => {})
    break
  case 'farewell':
    endWithParent(() => {
      process.stdout.write('farewell\n')
    })
    break
  case 'endless-farewell':
    endWithParent(() => new Promise(() => {}))
    break
  case 'failing-farewell':
    endWithParent(() => Promise.reject(new Error('nothing to release')))
    break
  case undefined:
  default:
    throw new Error(`the child does not know how to do "${behaviour}"`)
}
process.send?.('ready')
