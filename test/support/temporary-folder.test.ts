import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'

const MODULE = new URL('./temporary-folder.ts', import.meta.url).href

/** Makes two folders with a file each, prints them, and ends as the code says. */
function foldersOf(end: string): readonly string[] {
  const code = `import { writeFileSync } from 'node:fs'
    import { temporaryFolder } from ${JSON.stringify(MODULE)}
    const folders = ['first', 'second'].map((name) => temporaryFolder(name))
    for (const folder of folders) writeFileSync(folder + '/file', '')
    console.log(folders.join('\\n'))
    ${end}`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' })
  return stdout.trim().split('\n')
}

for (const [ending, end] of [
  ['of itself', ''],
  ['by an error', `throw new Error('as a test that fails to load')`],
  ['by exit', 'process.exit(1)'],
] as const) {
  test(`temporary folders are gone when their process has ended ${ending}`, () => {
    const folders = foldersOf(end)
    assert.match(folders[0] ?? '', /tune-first-\w{6}$/)
    assert.match(folders[1] ?? '', /tune-second-\w{6}$/)
    assert.deepEqual(folders.filter(existsSync), [])
  })
}
