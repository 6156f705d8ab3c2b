import { BYTES_PER_MEBIBYTE } from '../core/units.ts'

const SMALL_MEMORY_BYTES = 1_024 * BYTES_PER_MEBIBYTE

/** A young generation consists of so many semi-spaces (heap limit − `--max-old-space-size`, measured on Node 24). */
const SEMI_SPACES = 3

/** The size of each that Node 24 allows on a 64-bit machine, measured in the same way. */
const DEFAULT_SEMI_SPACE_MIB = 64

/** V8's own ceiling on a machine with much memory; a larger one makes collections rarer and longer, never better. */
export const LARGEST_OLD_SPACE_BYTES = 4_096 * BYTES_PER_MEBIBYTE

/** The share of the old generation that living objects may fill; collections become frequent above it. */
const LIVE_SHARE_OF_HEAP = 0.7

/** The share of the old generation that a cache may fill. */
const CACHE_SHARE_OF_OLD_SPACE = 0.25

/**
 * The memory that processes may plan with: the limit less a reserve for the kernel, page tables and other processes.
 *
 * @returns 85 % of the limit; 75 % below 1 GiB, where the fixed costs weigh more
 */
export function plannableBytes(limitBytes: number): number {
  return limitBytes * (limitBytes < SMALL_MEMORY_BYTES ? 0.75 : 0.85)
}

/** What one worker was seen to use, and what it may still grow by. */
export interface WorkerMemory {
  /** Its own share of memory (PSS; RSS counts shared pages once per process). */
  readonly bytes: number
  /** Of those, living objects on the JavaScript heap. */
  readonly heapUsedBytes: number
  /** What its cache may still fill. */
  readonly cacheGrowthBytes: number
}

/** The memory to plan for one worker: what it uses, plus room for garbage on the heap and for a full cache. */
export function plannedWorkerBytes({ bytes, heapUsedBytes, cacheGrowthBytes }: WorkerMemory): number {
  return bytes + (heapUsedBytes + cacheGrowthBytes) / LIVE_SHARE_OF_HEAP - heapUsedBytes
}

/**
 * How many workers fit into memory beside the primary process.
 *
 * @param workerBytes planned for one worker, above 0
 * @returns a whole number; 0 when not even one fits
 */
export function workersThatFit(limitBytes: number, primaryBytes: number, workerBytes: number): number {
  return Math.max(0, Math.floor((plannableBytes(limitBytes) - primaryBytes) / workerBytes))
}

/**
 * What V8 may use per process beside the old generation.
 *
 * @param semiSpaceMiB `--max-semi-space-size`, above 0; null when it is not set
 */
export function youngGenerationBytes(semiSpaceMiB: number | null): number {
  return SEMI_SPACES * (semiSpaceMiB ?? DEFAULT_SEMI_SPACE_MIB) * BYTES_PER_MEBIBYTE
}

/**
 * The largest old generation with which all workers together stay within memory, whatever they do: Node's own default
 * gives every process a ceiling for the whole machine.
 *
 * @param outsideHeapBytes of one worker: its memory that is not on the JavaScript heap
 * @param youngBytes of one worker, see `youngGenerationBytes`
 * @returns bytes, at most V8's own ceiling; 0 or less when the workers leave no room for a heap
 */
export function oldSpaceBytes(
  limitBytes: number,
  workers: number,
  primaryBytes: number,
  outsideHeapBytes: number,
  youngBytes: number,
): number {
  const share = (plannableBytes(limitBytes) - primaryBytes) / workers
  return Math.min(share - outsideHeapBytes - youngBytes, LARGEST_OLD_SPACE_BYTES)
}

/** The smallest old generation in which the living objects leave collections enough room. */
export function neededOldSpaceBytes(heapUsedBytes: number): number {
  return heapUsedBytes / LIVE_SHARE_OF_HEAP
}

/** What a cache on the heap may fill without making collections frequent: a quarter of the old generation. */
export function cacheBytesWithin(oldSpace: number): number {
  return oldSpace * CACHE_SHARE_OF_OLD_SPACE
}
