import type { Milliseconds } from '../core/clock.ts'
import type { ResolvedSettings } from '../core/settings.ts'
import type { SettingValue } from '../core/setting-definition.ts'

/** Reads values whose kinds the table guarantees; anything else is a mistake of the caller, and throws a RangeError. */
export class SettingReader {
  readonly #settings: ResolvedSettings

  constructor(settings: ResolvedSettings) {
    this.#settings = settings
  }

  value(name: string): SettingValue {
    const setting = this.#settings.get(name)
    if (setting === undefined) throw new RangeError(`${name} is not in the table of settings`)
    return setting.value
  }

  number(name: string): number {
    const value = this.value(name)
    if (typeof value !== 'number') throw new RangeError(`${name} is not a number`)
    return value
  }

  /** A duration that the table gives in seconds. */
  ms(name: string): Milliseconds {
    return this.number(name) * 1_000
  }

  isOn(name: string): boolean {
    return this.value(name) === true
  }

  text(name: string): string {
    return String(this.value(name))
  }

  list(name: string): readonly string[] {
    const value = this.value(name)
    if (typeof value !== 'object') throw new RangeError(`${name} is not a list`)
    return value
  }
}
