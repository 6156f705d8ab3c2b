/** The encodings we offer, the best for text at our levels first. */
export const ENCODINGS = ['zstd', 'br', 'gzip'] as const
/** One of ENCODINGS. */
export type Encoding = (typeof ENCODINGS)[number]

/** Real headers name a handful of encodings; a longer one is not worth reading. */
const MAX_HEADER_LENGTH = 512

/** Clients send few different headers; those of the ones that invent more are read each time. */
const MAX_KNOWN_HEADERS = 256
const knownChoices = new Map<string, Encoding | 'plain'>()

/**
 * The encoding for a client: the one it prefers by q-value, and among equals the one we prefer.
 *
 * @param accepted the Accept-Encoding header; undefined and empty mean that only the plain body is wanted
 * @returns undefined for the plain body
 * @see RFC 9110, section 12.5.3
 */
export function chooseEncoding(accepted: string | undefined): Encoding | undefined {
  if (accepted === undefined || accepted === '' || accepted.length > MAX_HEADER_LENGTH) return undefined
  const known = knownChoices.get(accepted)
  if (known !== undefined) return known === 'plain' ? undefined : known
  const choice = preferredEncoding(accepted)
  if (knownChoices.size < MAX_KNOWN_HEADERS) knownChoices.set(accepted, choice ?? 'plain')
  return choice
}

function preferredEncoding(accepted: string): Encoding | undefined {
  const weights = weightsOf(accepted)
  const wildcard = weights.get('*') ?? 0
  let best: Encoding | undefined
  let bestWeight = 0
  for (const encoding of ENCODINGS) {
    const weight = weights.get(encoding) ?? wildcard
    if (weight > bestWeight) {
      best = encoding
      bestWeight = weight
    }
  }
  return bestWeight >= (weights.get('identity') ?? 0) ? best : undefined
}

function weightsOf(accepted: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const entry of accepted.toLowerCase().split(',')) {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    const weight = quality === undefined ? 1 : Number(quality.slice(2))
    weights.set(name, weight >= 0 && weight <= 1 ? weight : 0)
  }
  return weights
}
