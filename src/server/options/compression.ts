import type { SettingReader } from '../setting-reader.ts'

/** What is compressed, and how hard. */
export interface CompressionOptions {
  readonly minBytes: number
  /** Of gzip, 1 to 9. */
  readonly gzipLevel: number
  /** Share of its time that the event loop may be busy, 0 to 1; from there on answers are sent plain. 0: always compressed. */
  readonly maxLoopFraction: number
}

/** @returns null when nothing is compressed */
export function compressionOptions(read: SettingReader): CompressionOptions | null {
  if (!read.isOn('COMPRESSION')) return null
  return {
    minBytes: read.number('COMPRESSION_MIN'),
    gzipLevel: read.number('COMPRESSION_LEVEL'),
    maxLoopFraction: read.number('COMPRESSION_MAX_LOOP') / 100,
  }
}
