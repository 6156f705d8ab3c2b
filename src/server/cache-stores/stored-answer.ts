import { crc32 } from 'node:zlib'

import type { Milliseconds } from '../../core/clock.ts'
import { bodyBytes } from '../answer.ts'
import type { Answer } from '../answer.ts'

/** An answer and how long it is good for. */
export interface StoredAnswer {
  readonly answer: Answer
  /** On the clock of this process, when the answer was made; Age counts from then. */
  readonly madeAtMs: Milliseconds
  /** How long it is served, from then; 0: only those who wait for it get it. */
  readonly ttlMs: Milliseconds
  /** Called for just now, found in the tier that all workers share, or served past its TTL. */
  readonly source: 'called' | 'shared' | 'stale'
  /** Others may have it. */
  readonly isForAll: boolean
}

interface Meta {
  readonly status: number
  readonly contentType: string
  readonly headers: readonly string[]
  readonly isText: boolean
  readonly ttlMs: Milliseconds
}

const MAGIC = Buffer.from('tune')
/** Entries of another version are as good as none. */
const VERSION = 1
/** Magic, version, checksum, length of the metadata. */
const HEAD_BYTES = MAGIC.length + 1 + 4 + 4

/** A copy that keeps no other memory alive than its own; small ones of `Buffer.from` do. */
export function ownBytes(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(own)
  return own
}

/** The answer for a place outside this process, with a checksum over everything and the key. */
export function encodeAnswer(key: string, { answer, ttlMs }: StoredAnswer): Buffer {
  const { status, contentType, headers = [], body } = answer
  const meta: Meta = { status, contentType, headers, isText: typeof body === 'string', ttlMs }
  const metaBytes = Buffer.from(JSON.stringify(meta))
  const bytes = Buffer.allocUnsafeSlow(HEAD_BYTES + metaBytes.length + bodyBytes(answer))
  MAGIC.copy(bytes)
  bytes.writeUInt8(VERSION, MAGIC.length)
  bytes.writeUInt32LE(metaBytes.length, MAGIC.length + 5)
  metaBytes.copy(bytes, HEAD_BYTES)
  if (typeof body === 'string') bytes.write(body, HEAD_BYTES + metaBytes.length)
  else body.copy(bytes, HEAD_BYTES + metaBytes.length)
  bytes.writeUInt32LE(checksum(key, bytes), MAGIC.length + 1)
  return bytes
}

/**
 * @param remainingMs how much of its TTL is left
 * @returns undefined for what is damaged, of another version, another key's or of no sense
 */
export function decodeAnswer(
  key: string,
  bytes: Buffer,
  remainingMs: Milliseconds,
  nowMs: Milliseconds,
): StoredAnswer | undefined {
  const isOurs = bytes.length >= HEAD_BYTES && bytes.subarray(0, MAGIC.length).equals(MAGIC)
  if (!isOurs || bytes.readUInt8(MAGIC.length) !== VERSION) return undefined
  if (bytes.readUInt32LE(MAGIC.length + 1) !== checksum(key, bytes)) return undefined
  const bodyAt = HEAD_BYTES + bytes.readUInt32LE(MAGIC.length + 5)
  // The checksum says that it is what was encoded above.
  const { status, contentType, headers, isText, ttlMs } = JSON.parse(bytes.toString('utf8', HEAD_BYTES, bodyAt)) as Meta
  // A clock was set back, or the entry was made with another one.
  if (remainingMs > ttlMs) return undefined
  const body = isText ? bytes.toString('utf8', bodyAt) : ownBytes(bytes.subarray(bodyAt))
  const answer = Object.freeze({ status, contentType, headers: Object.freeze(headers), body })
  return { answer, madeAtMs: nowMs - (ttlMs - remainingMs), ttlMs, source: 'shared', isForAll: true }
}

/** Over what comes after the checksum; each key has sums of its own. */
function checksum(key: string, bytes: Buffer): number {
  return crc32(bytes.subarray(MAGIC.length + 5), crc32(key))
}
