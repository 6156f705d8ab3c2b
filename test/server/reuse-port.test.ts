import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { reusePortWarning } from '../../src/server/reuse-port.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { PLAIN } from './app-under-test.ts'

const ON = { ...PLAIN, reusePort: true, workers: 2 }

function rootWith(migrate: string): string {
  const root = temporaryFolder('sysctl')
  mkdirSync(join(root, 'proc/sys/net/ipv4'), { recursive: true })
  writeFileSync(join(root, 'proc/sys/net/ipv4/tcp_migrate_req'), `${migrate}\n`)
  return root
}

test('WK09 REUSE_PORT is warned of unless the kernel moves waiting connections', () => {
  assert.match(reusePortWarning(ON, rootWith('0')) ?? '', /tcp_migrate_req=1/)
  assert.equal(reusePortWarning(ON, rootWith('1')), undefined)
  assert.match(reusePortWarning(ON, '/nowhere') ?? '', /tcp_migrate_req=1/)
})

test('without REUSE_PORT, or without workers, there is nothing to warn of', () => {
  assert.equal(reusePortWarning(PLAIN, '/nowhere'), undefined)
  assert.equal(reusePortWarning({ ...ON, workers: 0 }, '/nowhere'), undefined)
})
