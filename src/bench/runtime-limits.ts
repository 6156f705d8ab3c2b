import { steadyHeapFlags } from '../host/process-entry.ts'
import type { SizingInput } from '../sizing/sizing-input.ts'
import type { BenchOptions } from './bench.ts'

/** What libuv starts unless told otherwise. */
const DEFAULT_THREADS = 4

/**
 * The limits of Node and libuv in the processes of the target, as far as the environment tells; those of heaps for the
 * bundled server only, which passes it on to its workers.
 *
 * @param environment that the target inherits
 */
export function runtimeLimits(
  { target }: BenchOptions,
  environment: Readonly<Record<string, string | undefined>>,
): SizingInput['current'] {
  if (target.kind === 'url') return {}
  const threads = target.kind === 'command' ? target.settings['UV_THREADPOOL_SIZE'] : undefined
  const pool = { UV_THREADPOOL_SIZE: Number(threads ?? environment['UV_THREADPOOL_SIZE']) || DEFAULT_THREADS }
  if (target.kind === 'command') return pool
  const flags = [environment['NODE_OPTIONS'] ?? '', ...steadyHeapFlags(environment['NODE_OPTIONS'])].join(' ')
  const [young, old] = [mebibytes(flags, 'max-semi-space-size'), mebibytes(flags, 'max-old-space-size')]
  return {
    ...pool,
    ...(young === undefined ? {} : { '--max-semi-space-size': young }),
    ...(old === undefined ? {} : { '--max-old-space-size': old }),
  }
}

/** V8 takes the last of several, and `_` for `-`. */
function mebibytes(flags: string, name: string): number | undefined {
  const values = [...flags.replaceAll('_', '-').matchAll(new RegExp(`--${name}[= ](\\d+)`, 'g'))]
  return values.length === 0 ? undefined : Number(values.at(-1)?.[1])
}
