import { Histogram } from './histogram.ts'

/** What the layers of one worker count on their way; counting costs an addition, so they always do. */
export class LayerCounts {
  readonly rateLimit = { allowed: 0, limited: 0, failed_open: 0 }
  readonly compression = {
    inputBytes: 0,
    outputBytes: 0,
    skipped: { busy: 0, not_accepted: 0, not_smaller: 0, pressure: 0, secret: 0 },
  }
  /** Pipelined requests, see HttpFrontEvents. */
  discarded = 0
  /** Connections that were closed, and why: what is refused before it becomes a request, and clients that do not read. */
  readonly edge = {
    bad_request: 0,
    uri_too_long: 0,
    headers_too_large: 0,
    not_implemented: 0,
    request_timeout: 0,
    slow_reader: 0,
    too_many_connections: 0,
  }
  /** Requests refused because something was short. */
  readonly pressure = { event_loop: 0, memory: 0 }
  readonly queueWait = new Histogram()
}
