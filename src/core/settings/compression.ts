import { MEBIBYTE, boolean, bytes, integer } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** Compression of answers. */
export const COMPRESSION_SETTINGS: readonly SettingDefinition[] = [
  boolean('COMPRESSION', true, 'text and JSON are compressed for clients that accept it'),
  bytes('COMPRESSION_MIN', [1_000, 0, 100 * MEBIBYTE], 'smallest body that is compressed'),
  integer('COMPRESSION_LEVEL', [6, 1, 9], 'level of gzip; brotli and zstd have fixed fast levels'),
  integer(
    'COMPRESSION_MAX_LOOP',
    [0, 0, 100],
    'percent of a second in which the event loop is busy, from which on answers are sent plain; 0 never',
  ),
]
