import type { SettingReader } from '../setting-reader.ts'

/** Where the metrics page is served. */
export interface MetricsOptions {
  readonly host: string
  /** Null: no port is opened. */
  readonly port: number | null
  /** Who carries it gets the page on the main port too; empty: nobody does. */
  readonly token: string
}

/** @returns null when nothing is recorded */
export function metricsOptions(read: SettingReader): MetricsOptions | null {
  if (!read.isOn('ENABLE_METRICS')) return null
  return { host: read.text('METRICS_HOST'), port: read.number('METRICS_PORT'), token: read.text('METRICS_TOKEN') }
}
