import type * as Redis from 'redis'

import { TargetError } from '../../core/errors.ts'

/** The package, which is loaded when it is first needed. */
export type RedisPackage = typeof Redis

/** @throws {TargetError} when the package redis is not installed */
export function checkRedisPackage(): void {
  try {
    import.meta.resolve('redis')
  } catch (error) {
    throw new TargetError('CACHE_TYPE is redis, and the package redis is not installed', {
      hint: 'npm i redis',
      cause: error,
    })
  }
}

/** @throws {TargetError} when the package redis is not installed */
export async function importRedis(): Promise<RedisPackage> {
  checkRedisPackage()
  return import('redis')
}
