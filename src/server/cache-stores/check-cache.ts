import { accessSync, constants, mkdirSync } from 'node:fs'

import { messageOf, TargetError } from '../../core/errors.ts'
import type { SharedCacheOptions } from '../options/cache.ts'
import { checkRedisPackage } from './redis-package.ts'

/**
 * Finds out before anything is served what could never work. Whether Redis answers is not asked: it may come later.
 *
 * @throws {TargetError} when the package for Redis is missing, or CACHE_DIR cannot be written
 */
export function checkCache(options: SharedCacheOptions): void {
  switch (options.kind) {
    case 'redis':
      return checkRedisPackage()
    case 'file':
      return checkDirectory(options.directory)
  }
}

function checkDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    accessSync(directory, constants.W_OK)
  } catch (error) {
    throw new TargetError(`CACHE_DIR: no files can be written in ${directory} (${messageOf(error)})`, {
      hint: 'name a directory that this user may write',
      cause: error,
    })
  }
}
