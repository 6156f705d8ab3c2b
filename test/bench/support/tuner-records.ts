import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** One boot of a target with some number of workers, loaded as much as it takes. */
export interface GridRecord {
  readonly part: 'grid'
  readonly seconds: number
  /** Counted from 1; all counts are measured once before the next one begins. */
  readonly replicate: number
  readonly workers: number
  /** 0 when the target could not be started with so many, or died. */
  readonly goodputPerS: number
  readonly cpuMsPerRequest: number | null
  /** Used by the generator. */
  readonly generatorCpus: number | null
  readonly targetBytes: number | null
  readonly validity: 'valid' | 'suspect' | 'invalid'
  /** Why there is no goodput. */
  readonly failure: string | null
}

/** What `tune recommend` chose. */
export interface ChoiceRecord {
  readonly part: 'choice'
  readonly effort: 'quick' | 'standard'
  readonly workers: number
  readonly probes: number
  readonly tookMs: number
  /** Of the verification: recommended against current settings. */
  readonly outcome: string | null
  readonly ratio: number | null
}

/** What one CPU let expect of two, and what two did. */
export interface ExtrapolationRecord {
  readonly part: 'extrapolate'
  readonly seconds: number
  readonly modelledPerS: number
  readonly measuredPerS: number
  /** Of one core, used by the generator beside the two. */
  readonly generatorCpus: number
  /** Of the worse of both. */
  readonly validity: GridRecord['validity']
}

/** A line of a file of raw results. */
export type TunerRecord = GridRecord | ChoiceRecord | ExtrapolationRecord

/** Raw results of one case, one JSON document a line, kept so that a run that was stopped goes on where it was. */
export class TunerRecords {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** All that was measured so far, oldest first. A last line that was cut short is not one of them. */
  all(): readonly TunerRecord[] {
    if (!existsSync(this.#path)) return []
    const lines = readFileSync(this.#path, 'utf8').split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line) as TunerRecord) // only `add` writes there
  }

  add(record: TunerRecord): void {
    mkdirSync(dirname(this.#path), { recursive: true })
    this.#cutPartLine()
    appendFileSync(this.#path, `${JSON.stringify(record)}\n`)
  }

  /** Forgets what was measured for some parts. */
  drop(parts: readonly TunerRecord['part'][]): void {
    const kept = this.all().filter(({ part }) => !parts.includes(part))
    if (existsSync(this.#path)) writeFileSync(this.#path, kept.map((record) => `${JSON.stringify(record)}\n`).join(''))
  }

  /** What a process that was killed has left of a line. */
  #cutPartLine(): void {
    const text = existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : ''
    if (text !== '' && !text.endsWith('\n')) writeFileSync(this.#path, text.slice(0, text.lastIndexOf('\n') + 1))
  }
}
