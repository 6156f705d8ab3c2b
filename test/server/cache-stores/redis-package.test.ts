import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const CODE = `
import { registerHooks } from 'node:module'
registerHooks({
  resolve: (name, context, next) => {
    if (name === 'redis') throw new Error('there is no such package')
    return next(name, context)
  },
})
const { checkRedisPackage, importRedis } = await import(${JSON.stringify(import.meta.resolve('../../../src/server/cache-stores/redis-package.ts'))})
const told = []
try { checkRedisPackage() } catch ({ name, message, hint }) { told.push(name, message, hint) }
await importRedis().catch(({ name }) => told.push(name))
console.log(JSON.stringify(told))`

test('without the package redis, CACHE_TYPE=redis says what to install', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', CODE], { encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.deepEqual(JSON.parse(stdout), [
    'TargetError',
    'CACHE_TYPE is redis, and the package redis is not installed',
    'npm i redis',
    'TargetError',
  ])
})
