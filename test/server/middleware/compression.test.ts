import assert from 'node:assert/strict'
import { test } from 'node:test'

import { jsonAnswer } from '../../../src/server/answer.ts'
import { LayerCounts } from '../../../src/server/metrics/layer-counts.ts'
import { compression } from '../../../src/server/middleware/compression.ts'
import type { RequestContext } from '../../../src/server/request-context.ts'

test('a compressed answer, which a cache may keep, holds no more memory than it has bytes', async () => {
  const layer = compression({ minBytes: 0, gzipLevel: 6 }, new LayerCounts().compression)
  for (const encoding of ['gzip', 'br', 'zstd']) {
    const request = { method: 'GET', headers: { 'accept-encoding': encoding } }
    const context = { request, headers: [] as string[] } as unknown as RequestContext // the layer looks at nothing else
    const { body } = await layer(context, () => jsonAnswer(200, 'x'.repeat(1_000)))
    assert.ok(typeof body !== 'string' && body.length < 1_000, encoding)
    assert.equal(body.buffer.byteLength, body.length, encoding)
  }
})
