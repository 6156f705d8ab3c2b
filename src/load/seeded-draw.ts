/** Hashed for each number: three blocks of 32 bits. */
const BYTES = 12

/**
 * The `draw`th random number of request `number`, in [0, 1): the same for the same seed in every process, whatever was
 * drawn before.
 *
 * @param seed,number,draw whole numbers; their low 32 bits count
 * @see Appleby, MurmurHash3_x86_32, of the three numbers as little-endian blocks
 */
export function seededDraw(seed: number, number: number, draw: number): number {
  return finished(mixed(mixed(mixed(0x9747b28c, seed), number), draw) ^ BYTES) / 4_294_967_296
}

function mixed(hash: number, block: number): number {
  let value = Math.imul(block, 0xcc9e2d51)
  value = (value << 15) | (value >>> 17)
  const next = hash ^ Math.imul(value, 0x1b873593)
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0
}

function finished(hash: number): number {
  let value = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
