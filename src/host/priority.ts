import { constants, setPriority } from 'node:os'

/**
 * Puts the calling thread before others on its CPU, or back among them. On Linux that is this thread only: those of V8, which
 * collect and compile, stay behind it. Only a privileged process may; for others nothing changes.
 */
export function preferThisThread(isPreferred: boolean): void {
  try {
    setPriority(0, isPreferred ? constants.priority.PRIORITY_HIGH : constants.priority.PRIORITY_NORMAL)
  } catch {
    // Not permitted: an outcome like any other, and what it costs is seen in the lateness.
  }
}
