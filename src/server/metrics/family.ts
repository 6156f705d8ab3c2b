import type { QueueRefusal } from '../../resilience/request-queue.ts'
import type { WorkerStats } from '../messages.ts'
import type { BreakerFigures } from '../upstream/upstream.ts'
import type { LayerCounts } from './layer-counts.ts'

/** One name on the metrics page: what it counts, its labels, and how the values of several workers become one. */
export interface MetricFamily {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** Label names, in the order in which values are given. */
  readonly labels: readonly string[]
  /** How values of the same labels are put together; counters and histograms are always summed. */
  readonly merge: 'sum' | 'max' | 'min'
  /** The page tells it for each worker slot, in the label `worker`. */
  readonly isPerWorker: boolean
  /** The series that one worker has of it; none when somebody else adds them, or the layer is switched off. */
  readonly read: (worker: WorkerFigures) => readonly Series[]
}

/** A number, or the values of a `Histogram`, then the values of the labels. */
export type Series = readonly [value: number | readonly number[], ...labels: readonly string[]]

/** What one worker has to tell at one moment. */
export interface WorkerFigures {
  readonly stats: WorkerStats
  readonly breakers: readonly BreakerFigures[]
  /** Null: the layer is switched off, and its families are not on the page. */
  readonly rateLimit: LayerCounts['rateLimit'] | null
  readonly queue: QueueCounts | null
  readonly compression: LayerCounts['compression'] | null
  readonly pressure: LayerCounts['pressure'] | null
  readonly edge: LayerCounts['edge']
  readonly process: ProcessFigures
}

/** What the admission queue has counted. */
export interface QueueCounts {
  readonly wait: LayerCounts['queueWait']
  readonly refused: Readonly<Record<QueueRefusal, number>>
}

/** What the operating system and the event loop say of one worker. */
export interface ProcessFigures {
  readonly cpuSeconds: number
  readonly residentBytes: number
  /** Since the last look, 0 to 1; undefined when no time has passed since. */
  readonly loopUtilization: number | undefined
}

/** Makes families that are read from the same part of a worker, one series for each item of it. */
export interface FamilyMaker<Item> {
  readonly counter: (value: Value<Item>, help: string) => MetricFamily
  readonly gauge: (value: Value<Item>, help: string, merge?: MetricFamily['merge']) => MetricFamily
  readonly histogram: (value: (item: Item) => readonly number[], help: string) => MetricFamily
}

/** The name of the field that holds it, or what works it out; undefined: the item has no such value now. */
type Value<Item> = NumberField<Item> | ((item: Item) => number | readonly number[] | undefined)

type NumberField<Item> = keyof { [Name in keyof Item as Item[Name] extends number | undefined ? Name : never]: true }

/** Families of a part that a worker has once; null when it is switched off. */
export function familiesOf<Part>(part: (worker: WorkerFigures) => Part | null): FamilyMaker<Part> {
  return makerOf([], (worker) => {
    const one = part(worker)
    return one === null ? [] : [[one]]
  })
}

/** Families of a part that a worker has many of, told apart by one label: the items, each with its value of the label. */
export function familiesOfEach<Item>(
  label: string,
  items: (worker: WorkerFigures) => readonly (readonly [item: Item, label: string])[],
): FamilyMaker<Item> {
  return makerOf([label], items)
}

/** A family of counts by a word, which is the value of its label; none when the part is switched off. */
export function countsBy(
  label: string,
  counts: (worker: WorkerFigures) => Readonly<Record<string, number>> | null | undefined,
  help: string,
): MetricFamily {
  const items = familiesOfEach(label, (worker) =>
    Object.entries(counts(worker) ?? {}).map(([word, count]) => [count, word]),
  )
  return items.counter((count) => count, help)
}

/** A family whose values somebody adds who knows more than the figures of a worker. */
export function addedFamily(type: MetricFamily['type'], help: string, labels: readonly string[] = []): MetricFamily {
  return { type, help, labels, merge: 'sum', isPerWorker: false, read: () => [] }
}

/** The same family, told for each worker slot. */
export function ofEachWorker(family: MetricFamily): MetricFamily {
  return { ...family, isPerWorker: true }
}

function makerOf<Item>(
  labels: readonly string[],
  items: (worker: WorkerFigures) => readonly (readonly [item: Item, ...labels: readonly string[]])[],
): FamilyMaker<Item> {
  const make =
    (type: MetricFamily['type']): FamilyMaker<Item>['gauge'] =>
    (value, help, merge = 'sum') => ({
      ...addedFamily(type, help, labels),
      merge,
      read: (worker) =>
        items(worker).flatMap(([item, ...texts]): readonly Series[] => {
          const figure = typeof value === 'function' ? value(item) : (item[value] as number | undefined) // by its type
          return figure === undefined ? [] : [[figure, ...texts]]
        }),
    })
  return { counter: make('counter'), gauge: make('gauge'), histogram: make('histogram') }
}
