/**
 * A command to be measured that is broken as its argument says: a server on the port in PORT that answers well until then.
 *
 *     deaf             blocks for 10 ms in one process, however many workers it is told to have
 *     failing          answers 500 always, and says why on stderr
 *     fragile          ends with exit code 7 and a message at its 200th request
 */
import { createServer } from 'node:http'

const wait = new Int32Array(new SharedArrayBuffer(4))
let requests = 0

/** What happens at each request; the status of its answer. */
const WAYS: Readonly<Record<string, () => number>> = {
  deaf: () => {
    Atomics.wait(wait, 0, 0, 10)
    return 200
  },
  failing: () => {
    process.stderr.write('no database at 127.0.0.1:1\n')
    return 500
  },
  fragile: () => {
    requests += 1
    if (requests < 200) return 200
    process.stderr.write('out of cheese\n')
    process.exit(7)
  },
}

const [how = ''] = process.argv.slice(2)
const answer = WAYS[how]
if (answer === undefined) throw new RangeError(`one of ${Object.keys(WAYS).join(', ')}, got "${how}"`)

createServer((_, response) => {
  response.statusCode = answer()
  response.end('done')
}).listen(Number(process.env['PORT']), '127.0.0.1')
