import byteBufferModule from 'hdr-histogram-js/dist/ByteBuffer.js'
import type { JsHistogram } from 'hdr-histogram-js/dist/JsHistogram.js'
import { deflate, doDecode, inflate } from 'hdr-histogram-js/dist/JsHistogram.encoding.js'
import zigZagModule from 'hdr-histogram-js/dist/ZigZagEncoding.js'

/** V2, and V2 compressed; both with words of up to 9 bytes (ZigZag LEB128). */
const V2_COOKIE = 0x1c849313
const V2_COMPRESSED_COOKIE = 0x1c849314
const HEADER_BYTES = 40
const COMPRESSED_HEADER_BYTES = 8

// The library chooses between node:zlib and pako itself and types both `any`; each takes and gives bytes.
const compress = deflate as (bytes: Uint8Array) => Uint8Array
const decompress = inflate as (bytes: Uint8Array) => Uint8Array

/**
 * The HdrHistogram V2 encoding, not compressed.
 *
 * The library's own encoder has only the compressed form, and writes the conversion ratio as an integer where other
 * implementations read a double.
 *
 * @see https://github.com/HdrHistogram/HdrHistogram AbstractHistogram.encodeIntoByteBuffer
 */
export function encodeV2(histogram: JsHistogram): Uint8Array {
  const payload = byteBufferModule.default.allocate(1024)
  const used = histogram.totalCount === 0 ? 0 : histogram.countsArrayIndex(histogram.maxValue) + 1
  let zeros = 0
  for (let index = 0; index < used; index++) {
    const count = histogram.getCountAtIndex(index)
    if (count === 0) {
      zeros++
      continue
    }
    // A single zero is written as a count, a run of them as its negative length.
    if (zeros > 0) zigZagModule.default.encode(payload, zeros === 1 ? 0 : -zeros)
    zeros = 0
    zigZagModule.default.encode(payload, count)
  }
  const bytes = new Uint8Array(HEADER_BYTES + payload.position)
  const header = new DataView(bytes.buffer)
  header.setInt32(0, V2_COOKIE)
  header.setInt32(4, payload.position)
  header.setInt32(12, histogram.numberOfSignificantValueDigits)
  header.setBigInt64(16, BigInt(histogram.lowestDiscernibleValue))
  header.setBigInt64(24, BigInt(histogram.highestTrackableValue))
  header.setFloat64(32, 1)
  bytes.set(payload.data.subarray(0, payload.position), HEADER_BYTES)
  return bytes
}

/**
 * @param bytes what `encodeV2`, or another implementation of HdrHistogram, wrote
 * @throws {RangeError} when the bytes are not a V2 encoding
 */
export function decodeV2(bytes: Uint8Array): JsHistogram {
  try {
    return doDecode(bytes, 32)
  } catch (error) {
    throw new RangeError('not an HdrHistogram V2 encoding', { cause: error })
  }
}

/** The compressed V2 encoding in base64: what HdrHistogram tools exchange as text. */
export function toCompressedBase64(histogram: JsHistogram): string {
  const compressed = compress(encodeV2(histogram))
  const bytes = new Uint8Array(COMPRESSED_HEADER_BYTES + compressed.length)
  const header = new DataView(bytes.buffer)
  header.setInt32(0, V2_COMPRESSED_COOKIE)
  header.setInt32(4, compressed.length)
  bytes.set(compressed, COMPRESSED_HEADER_BYTES)
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/**
 * @param text what `toCompressedBase64`, or another HdrHistogram tool, wrote
 * @throws {RangeError} when the text is not a compressed V2 encoding in base64
 */
export function fromCompressedBase64(text: string): JsHistogram {
  return decodeV2(decompressBase64(text))
}

function decompressBase64(text: string): Uint8Array {
  try {
    const bytes = Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0))
    if (new DataView(bytes.buffer).getInt32(0) !== V2_COMPRESSED_COOKIE) throw new RangeError('unknown cookie')
    return decompress(bytes.subarray(COMPRESSED_HEADER_BYTES))
  } catch (error) {
    throw new RangeError('not a compressed HdrHistogram V2 encoding in base64', { cause: error })
  }
}
