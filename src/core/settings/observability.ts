import { boolean, integer } from '../setting-definition.ts'
import type { SettingDefinition } from '../setting-definition.ts'

/** Metrics and logs. */
export const OBSERVABILITY_SETTINGS: readonly SettingDefinition[] = [
  {
    ...boolean('ENABLE_METRICS', true, 'figures for Prometheus are recorded, and served on METRICS_PORT'),
    reload: 'restart',
  },
  {
    ...integer('METRICS_PORT', [9_090, 1_024, 65_535], 'port of /metrics, served by the primary'),
    reload: 'restart',
  },
  {
    name: 'METRICS_HOST',
    kind: 'text',
    default: '127.0.0.1',
    pattern: /^[\w.:-]+$/,
    form: 'a host name or an address',
    reload: 'restart',
    summary: 'address of METRICS_PORT; nothing guards it, so others than this machine should not reach it',
  },
  {
    name: 'METRICS_TOKEN',
    kind: 'text',
    default: '',
    pattern: /^(?:[\x21-\x7e]{8,256})?$/,
    form: '8 to 256 visible ASCII characters without blanks',
    reload: 'restart',
    summary: 'whoever carries it as a bearer token gets /metrics on SERVER_PORT too; empty: nobody does',
  },
  {
    name: 'LOG_LEVEL',
    kind: 'choice',
    choices: ['off', 'error', 'info', 'debug'],
    default: 'info',
    reload: 'live',
    summary: 'JSON lines on stderr: failures, requests too, or health checks too',
  },
]
