const MICROSECONDS_PER_SECOND = 1_000_000

/** Of this process; those who tell it share it among them. */
let toldMicroseconds = 0

/**
 * CPU time of this process for one of several who tell it, as apps do that follow one another in one process: each tells what
 * nobody else has told, so that their sum is that of the process.
 */
export class ProcessCpu {
  #ownMicroseconds = 0

  /** Its part so far, with everything that nobody has told yet; never falls. */
  seconds(): number {
    const { user, system } = process.cpuUsage()
    this.#ownMicroseconds += user + system - toldMicroseconds
    toldMicroseconds = user + system
    return this.#ownMicroseconds / MICROSECONDS_PER_SECOND
  }
}
