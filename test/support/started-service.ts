import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

const KEPT_OUTPUT = 8_192

/** A server program, and how it says that it takes connections. */
export interface Service {
  /** For messages. */
  readonly name: string
  readonly command: readonly string[]
  /** Where it prints. */
  readonly prints: 'stdout' | 'stderr'
  readonly readyText: string
  readonly timeoutMs: number
}

/** Resolves when it takes connections; rejects with what it printed, and it is killed, when it does not in time. */
export async function startService({ name, command, prints, readyText, timeoutMs }: Service): Promise<ChildProcess> {
  const [program = '', ...args] = command
  const at = (stream: Service['prints']): 'pipe' | 'ignore' => (stream === prints ? 'pipe' : 'ignore')
  const server = spawn(program, args, { stdio: ['ignore', at('stdout'), at('stderr')], cwd: '/' })
  let printed = ''
  await new Promise<void>((resolve, reject) => {
    const giveUp = (why: string): void => reject(new Error(`${name} ${why}:\n${printed}`))
    const timer = setTimeout(giveUp, timeoutMs, 'did not start in time')
    server.once('error', reject)
    server.once('exit', (code) => giveUp(`ended with ${code}`))
    server[prints]?.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-KEPT_OUTPUT)
      if (!printed.includes(readyText)) return
      clearTimeout(timer)
      resolve()
    })
  }).catch((error: unknown) => {
    server.kill('SIGKILL')
    throw error
  })
  return server
}
