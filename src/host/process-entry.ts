/** How long a process whose parent is gone may take to let go of what it holds. */
const FAREWELL_MS = 1_000

/**
 * The file of a process entry that lies beside a module: `.ts` when running from source, `.js` from dist.
 *
 * @param moduleUrl `import.meta.url` of the module beside the entry
 * @param name of the entry without its ending
 */
export function entryUrl(moduleUrl: string, name: string): URL {
  const ending = moduleUrl.endsWith('.ts') ? 'ts' : 'js'
  return new URL(`./${name}.${ending}`, moduleUrl)
}

/**
 * Node flags for processes whose pauses matter: a young generation (3 semi-spaces) that has its full size from the beginning.
 *
 * Left alone it doubles in mid-run, and the kernel hands out the new memory page by page: half a second of standstill on
 * virtual machines that give idle memory back to their host (`npm run bench:young` shows it).
 */
export const STEADY_HEAP_FLAGS: readonly string[] = ['--min-semi-space-size=16', '--max-semi-space-size=16']

/**
 * Those flags for a child, unless its user asks for another young generation: a flag on the command line would overrule
 * NODE_OPTIONS.
 *
 * @param nodeOptions `NODE_OPTIONS` of the child
 * @param execArgv Node flags that it is started with anyway
 */
export function steadyHeapFlags(nodeOptions: string | undefined, execArgv: readonly string[] = []): readonly string[] {
  const asked = [nodeOptions ?? '', ...execArgv].some((flags) => /--(?:min|max)[-_]semi[-_]space[-_]size/.test(flags))
  return asked ? [] : STEADY_HEAP_FLAGS
}

/**
 * Ends this child process when its IPC channel closes, which happens however the parent ended, even by SIGKILL.
 * Until then the open channel keeps the process alive.
 *
 * @param onEnd releases what the process holds; it gets 1 s, then the process exits regardless, and also when it fails
 */
export function endWithParent(onEnd?: () => void | Promise<void>): void {
  const end = async (): Promise<void> => {
    setTimeout(() => process.exit(), FAREWELL_MS)
    try {
      await onEnd?.()
    } finally {
      process.exit()
    }
  }
  // A parent may be gone before this line runs; then no event comes any more.
  if (process.connected) process.once('disconnect', () => void end())
  else void end()
}
