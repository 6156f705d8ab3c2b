/**
 * A command to be measured: a server on the port in PORT that behaves as its arguments say.
 *
 *     crash            prints to both streams, and ends with exit code 7
 *     silent           runs, and never listens
 *     stubborn         ignores SIGTERM
 *     family           has a child and a grandchild in sessions of their own, both ignoring SIGTERM
 *     chatty           prints 8 MiB before it listens
 *     controls         prints control characters, and ends
 *     mortal           ends with exit code 9 and last words on SIGUSR2
 *     record           writes the first request's headers and the environment into RECORD_FILE
 *     tell=NAME        prints the variable NAME, and ends
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'

const behaviours = process.argv.slice(2)

function valueOf(name: string): string | undefined {
  return behaviours.find((behaviour) => behaviour.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** Lives until it is killed. */
function hangOn(): void {
  process.on('SIGTERM', () => undefined)
  setInterval(() => undefined, 60_000)
}

/** Starts this file again, independent of this process as a daemon is. */
function startIndependent(behaviour: string): void {
  spawn(process.execPath, [import.meta.filename, behaviour], { detached: true, stdio: 'ignore' }).unref()
}

let isRecorded = false

function record(headers: IncomingHttpHeaders): void {
  const file = process.env['RECORD_FILE']
  if (isRecorded || file === undefined) return
  isRecorded = true
  writeFileSync(file, JSON.stringify({ headers, environment: process.env }))
}

function serve(): void {
  const server = createServer((request, response) => {
    response.end(JSON.stringify({ path: request.url, headers: request.headers, workers: process.env['WORKERS'] }))
    record(request.headers)
  })
  server.keepAliveTimeout = 60_000
  server.listen(Number(process.env['PORT']), '127.0.0.1', () => {
    const file = process.env['READY_FILE']
    if (file !== undefined) writeFileSync(file, String(process.pid))
  })
}

if (behaviours.includes('crash')) {
  process.stdout.write('reading the configuration\n')
  process.stderr.write('no such database\n', () => process.exit(7))
} else if (valueOf('tell') !== undefined) {
  process.stderr.write(`the password is ${process.env[valueOf('tell') ?? '']}\n`, () => process.exit(1))
} else if (behaviours.includes('controls')) {
  process.stderr.write('\u001B[2J\u001B]0;title\u0007plain words\u0000\n', () => process.exit(1))
} else if (behaviours.includes('silent')) {
  process.stdout.write('thinking\n')
  setInterval(() => undefined, 60_000)
} else if (behaviours.includes('grandchild')) {
  hangOn()
} else if (behaviours.includes('child')) {
  startIndependent('grandchild')
  hangOn()
} else {
  if (behaviours.includes('mortal')) {
    process.on('SIGUSR2', () => process.stderr.write('the disk is full\n', () => process.exit(9)))
  }
  if (behaviours.includes('stubborn')) process.on('SIGTERM', () => undefined)
  if (behaviours.includes('family')) startIndependent('child')
  if (behaviours.includes('chatty')) process.stdout.write('0123456789abcdef\n'.repeat(500_000), serve)
  else serve()
}
