import type { ResolvedSettings } from '../../core/settings.ts'
import type { SettingReader } from '../setting-reader.ts'
import { type WorkersPolicy, workersFor } from '../worker-count.ts'

/** Worker processes; 0: the primary serves by itself. `effectiveCpus` is what the server can use, for `auto`. */
export function workerCount(settings: ResolvedSettings, read: SettingReader, effectiveCpus: number): number {
  const wanted = read.value('WEB_CONCURRENCY')
  return typeof wanted === 'number' ? wanted : workersFor(policyOf(settings, read), effectiveCpus)
}

function policyOf(settings: ResolvedSettings, read: SettingReader): WorkersPolicy {
  const isSet = (name: string): boolean => settings.get(name)?.origin !== 'default'
  const isImplied = isSet('WORKERS_PER_CORE') && !isSet('WORKERS_POLICY')
  const policy = isImplied ? 'per-core' : read.text('WORKERS_POLICY')
  if (policy === 'gunicorn') return { kind: 'gunicorn' }
  if (policy === 'per-cpu') return { kind: 'per-cpu' }
  const [workersPerCore, maxWorkers] = [read.number('WORKERS_PER_CORE'), read.number('MAX_WORKERS')]
  return { kind: 'per-core', workersPerCore, maxWorkers }
}
