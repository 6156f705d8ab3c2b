import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { runTune } from '../support/run-tune.ts'

const HEAVY = ['ink', 'react', 'autocannon', 'undici', 'systeminformation', 'zod', 'yaml', 'hdr-histogram-js']

/** Prints the address of every module that is resolved to stderr. */
const TRACE = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({ resolve(specifier, context, next) {
    const result = next(specifier, context)
    process.stderr.write('loaded ' + result.url + '\\n')
    return result
  } })`)}`

function loadedPackages(stderr: string): string[] {
  return HEAVY.filter((name) => stderr.includes(`/node_modules/${name}/`))
}

for (const flag of ['--help', '--version', 'bench --help']) {
  test(`tune ${flag} loads nothing heavy`, async () => {
    const { code, stderr } = await runTune(flag.split(' '), { nodeArgs: ['--import', TRACE] })
    assert.equal(code, 0)
    assert.match(stderr, /loaded .*\/node_modules\/commander\//, 'the trace works')
    assert.deepEqual(loadedPackages(stderr), [])
  })
}

test('tune scenarios loads the YAML reader, so that the trace would show a heavy package', async () => {
  const { stderr } = await runTune(['scenarios'], { nodeArgs: ['--import', TRACE] })
  assert.ok(loadedPackages(stderr).includes('yaml'))
})

test('tune --version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const { stdout } = await runTune(['--version'])
  assert.equal(stdout.trim(), version)
})

test('every command has help with an example that can be copied', async () => {
  for (const command of ['bench', 'gate', 'dash', 'serve', 'doctor', 'scenarios']) {
    const { code, stdout } = await runTune([command, '--help'])
    assert.equal(code, 0)
    assert.match(stdout, /npx tune /, command)
  }
})
