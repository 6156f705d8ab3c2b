import { seededRandom } from '../../core/random.ts'

/** A task as it is written: with its state and result. */
export interface StoredTask {
  readonly id: string
  readonly service: string
  readonly status: string
  /** JSON; likewise the result. */
  readonly payload: string
  readonly attempts: number
  readonly result: string | null
}

const SEEDED_TASKS = 300
const SERVICES = ['user-management', 'task-processing', 'notification', 'log-monitor'] as const
const VERBS = ['index', 'archive', 'notify', 'import', 'summarize', 'replay'] as const
const NOUNS = ['orders', 'sessions', 'invoices', 'events', 'reports', 'accounts'] as const
const SEED = 1

/** Tasks that were done long ago, always the same ones, so that a list has something in it from the beginning. */
export function seedTasks(): readonly StoredTask[] {
  const random = seededRandom(SEED)
  const pick = <T>(items: readonly [T, ...T[]]): T => items[Math.floor(random() * items.length)] ?? items[0]
  return Array.from({ length: SEEDED_TASKS }, (_, index) => {
    const text = `${pick(VERBS)} the ${pick(NOUNS)} of batch ${index}`
    return {
      id: `seed-${index}`,
      service: pick(SERVICES),
      status: 'done',
      payload: JSON.stringify({ text }),
      attempts: 1,
      result: JSON.stringify({ words: text.split(' ').length }),
    }
  })
}
