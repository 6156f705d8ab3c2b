import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import type { InputType, ZlibOptions } from 'node:zlib'

/** The encodings of request bodies that are understood; one at a time. */
export const BODY_ENCODINGS = ['gzip', 'deflate', 'br', 'zstd'] as const
/** One of BODY_ENCODINGS. */
export type BodyEncoding = (typeof BODY_ENCODINGS)[number]

/** A decoded body, or why there is none. */
export type DecodedBody = Buffer | 'too large' | 'grows too much' | 'damaged'

/** Text becomes five to ten times smaller, dull logs fifty times; what grows more was made to grow. */
export const MAX_BODY_GROWTH = 200
/** Below this size the ratio does not matter: a short line of blanks is harmless. */
const HARMLESS_BYTES = 65_536

/** What zlib gives back when asked for `info`; its types do not know that. */
interface DecodedWithEngine {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}
type Decode = (
  body: InputType,
  options: ZlibOptions,
  done: (error: Error | null, decoded: DecodedWithEngine) => void,
) => void

const DECODERS = { gzip: gunzip, deflate: inflate, br: brotliDecompress, zstd: zstdDecompress } as unknown as Readonly<
  Record<BodyEncoding, Decode> // all have this form with `info`
>

/**
 * The encoding that a Content-Encoding header names.
 *
 * @returns null for none, undefined for one that is not understood, or for several on top of each other
 */
export function bodyEncoding(header: string | undefined): BodyEncoding | null | undefined {
  const name = (header ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity') return null
  return BODY_ENCODINGS.find((known) => known === (name === 'x-gzip' ? 'gzip' : name))
}

/**
 * Decodes a whole body, outside the event loop. Stops as soon as more than `maxBytes` have come out, or two hundred times as
 * many as went in; a body that ends early, or goes on behind its end, is damaged.
 */
export function decodeBody(body: Buffer, encoding: BodyEncoding, maxBytes: number): Promise<DecodedBody> {
  const tooMuch = Math.max(HARMLESS_BYTES, body.length * MAX_BODY_GROWTH) < maxBytes ? 'grows too much' : 'too large'
  const maxOutputLength = Math.min(maxBytes, Math.max(HARMLESS_BYTES, body.length * MAX_BODY_GROWTH))
  return new Promise((resolve) => {
    DECODERS[encoding](body, { maxOutputLength, info: true }, (error, decoded) => {
      if (error !== null) resolve('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? tooMuch : 'damaged')
      else resolve(decoded.engine.bytesWritten === body.length ? decoded.buffer : 'damaged')
    })
  })
}
