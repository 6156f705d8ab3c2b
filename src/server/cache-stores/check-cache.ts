import { accessSync, constants, mkdirSync, statSync } from 'node:fs'

import { messageOf, TargetError } from '../../core/errors.ts'
import type { SharedCacheOptions } from '../options/cache.ts'
import { checkRedisPackage } from './redis-package.ts'

const WRITABLE_BY_OTHERS = 0o022

/**
 * Finds out before anything is served what could never work. Whether Redis answers is not asked: it may come later.
 *
 * @throws {TargetError} when the package for Redis is missing, CACHE_DIR cannot be written, or others may
 *   put files there, which would be answers
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
  const { uid, mode } = statSync(directory)
  if (process.getuid !== undefined && uid !== process.getuid()) {
    throw new TargetError(`CACHE_DIR: ${directory} belongs to another user, who could put answers there`, {
      hint: 'name a directory of this user, or one that does not exist yet',
    })
  }
  if ((mode & WRITABLE_BY_OTHERS) !== 0) {
    throw new TargetError(`CACHE_DIR: other users may write in ${directory}, and could put answers there`, {
      hint: `chmod 700 ${directory}, or name one that does not exist yet`,
    })
  }
}
