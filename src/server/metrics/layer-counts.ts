import { Histogram } from './histogram.ts'

/** What the layers of one worker count on their way; counting costs an addition, so they always do. */
export class LayerCounts {
  readonly rateLimit = { allowed: 0, limited: 0 }
  readonly compression = { inputBytes: 0, outputBytes: 0, skipped: { busy: 0, not_accepted: 0, not_smaller: 0 } }
  readonly queueWait = new Histogram()
}
