/** Process entry: stores entries of many sizes in the directory of its argument, until it is killed. */
import { hash } from 'node:crypto'

import { FileStore } from '../../../src/server/cache-stores/file-store.ts'
import { encodeAnswer } from '../../../src/server/cache-stores/stored-answer.ts'

const directory = String(process.argv[2])
const store = new FileStore({ directory, maxBytes: 2_000_000, wallClock: () => Date.now() })
await store.check()
for (let round = 0; ; round++) {
  const key = hash('sha256', `key ${round % 10}`, 'base64url')
  const body = Buffer.alloc((round * 7_919) % 200_000, round % 256)
  const answer = { status: 200, contentType: 'text/plain', body }
  const stored = { answer, madeAtMs: 0, ttlMs: 60_000, source: 'called', isForAll: true } as const
  await store.publish(key, `${process.pid}`, encodeAnswer(key, stored), 60_000)
  process.send?.(round)
}
