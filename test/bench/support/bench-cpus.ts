import { readAffinity } from '../../../src/host/cpu.ts'
import { canPin } from '../../../src/host/placement.ts'

/**
 * The CPU of the server and that of the generator, which is where tune puts it: the last.
 *
 * @throws when there are not two CPUs that processes can be pinned to: side by side they would measure each other
 */
export function benchCpus(): { readonly server: number; readonly generator: number } {
  const cpus = readAffinity('/')
  const [server] = cpus
  const generator = cpus.at(-1)
  if (server === undefined || generator === undefined || server === generator || !canPin())
    throw new Error(`two CPUs and taskset are needed, found the CPUs ${cpus.join(', ')}`)
  return { server, generator }
}
