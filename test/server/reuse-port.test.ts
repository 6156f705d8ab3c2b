import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import { reusePortWarning } from '../../src/server/reuse-port.ts'
import { PLAIN } from './app-under-test.ts'

const ON = { ...PLAIN, reusePort: true, workers: 2 }

function rootWith(t: TestContext, migrate: string): string {
  const root = mkdtempSync(join(tmpdir(), 'tune-sysctl-'))
  t.after(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'proc/sys/net/ipv4'), { recursive: true })
  writeFileSync(join(root, 'proc/sys/net/ipv4/tcp_migrate_req'), `${migrate}\n`)
  return root
}

test('WK09 REUSE_PORT is warned of unless the kernel moves waiting connections', (t) => {
  assert.match(reusePortWarning(ON, rootWith(t, '0')) ?? '', /tcp_migrate_req=1/)
  assert.equal(reusePortWarning(ON, rootWith(t, '1')), undefined)
  assert.match(reusePortWarning(ON, '/nowhere') ?? '', /tcp_migrate_req=1/)
})

test('without REUSE_PORT, or without workers, there is nothing to warn of', () => {
  assert.equal(reusePortWarning(PLAIN, '/nowhere'), undefined)
  assert.equal(reusePortWarning({ ...ON, workers: 0 }, '/nowhere'), undefined)
})
