import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { runTune } from '../support/run-tune.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = temporaryFolder('usage')
const wrongScenario = join(folder, 'wrong.yaml')
writeFileSync(
  wrongScenario,
  'name: wrong\ndescription: three mistakes\nrequests: [{ path: nowhere }]\nphases: [{ name: a, kind: closed, conections: 3, connections: 0, duration: 1s }]\n',
)

/** Arguments, and what the one message must say: the value, the allowed range, the nearest name. */
const WRONG: readonly (readonly [readonly string[], ...RegExp[]])[] = [
  [['bench', '--conections', '5'], /--conections/, /--connections/],
  [['bensh'], /bensh/, /bench/],
  [['bench', 'mixd'], /"mixd"/, /"mixed"/],
  [['bench', '-s', './missing.yaml'], /missing\.yaml/],
  [['bench', '-d', '0'], /'0'/, /from 100ms to 24h/],
  [['bench', '-c', '-1'], /'-1'/, /from 1 to 10000/],
  [['bench', '-r', 'abc'], /'abc'/, /250\/s/],
  [['bench', '-w', '1.5'], /'1\.5'/, /from 1 to 100/],
  [['bench', '--url', 'ftp://x'], /ftp:\/\/x/, /http/],
  [['bench', '--set', 'CACHE_TTL=yes'], /CACHE_TTL/, /yes/],
  [['bench', '--set', 'CACHE_TLT=60'], /CACHE_TLT/, /CACHE_TTL/],
  [['bench', '--preset', 'prodction'], /prodction/, /production/],
  [['bench', '--arrivals', 'random', '-r', '5'], /random/, /uniform, poisson/],
  [['bench', '-o', 'report.docx'], /report\.docx/, /\.json/],
  [['bench', '--objective', 'p95 < fast'], /p95 < fast/],
  [['bench', '-m', 'POST'], /-m/, /--url/],
  [['bench', '--port', '3000'], /--port needs --cmd/, /--cmd "node app\.js"/],
  [['bench', '--cmd', 'node app.js'], /--cmd needs --port/, /--port 3000/],
  [['bench', '--cmd', 'node app.js', '--port', '70000'], /'70000'/, /from 0 to 65535/],
  [['bench', '--cmd', 'node app.js', '--port', '0'], /--port 0/, /--env PORT=\{port\}/],
  [['bench', '--cmd', 'PORT=1 node app.js', '--port', '1'], /the variable PORT/, /--env PORT=/, /sh -c/],
  [['bench', '--cmd', 'node app.js | cat', '--port', '1'], /"\|"/, /sh -c/],
  [['bench', '--cmd', 'node app.js', '--port', '1', '-w', '2'], /-w/, /\{workers\}/],
  [['bench', '--cmd', 'node app.js', '--port', '1', '--set', 'CACHE_TTL=1'], /--set/, /--cmd/, /--env/],
  [['bench', '--cmd', 'node app.js', '--port', '1', '--url', 'http://127.0.0.1:1/'], /--cmd and --url/, /\/items/],
  [['bench', '--cmd', 'node app.js', '--port', '1', '--insecure'], /--insecure/, /plain http/],
  [['bench', '--cmd', 'node app.js', '--port', '1', '--env', 'PORT'], /NAME=VALUE/],
  [['bench', 'mixed', '--cmd', 'node app.js', '--port', '1', '--url', '/items'], /--url/, /"mixed"/],
  [['bench', '--url', '/items'], /"\/items"/, /http:\/\//],
  [['bench', '--url', 'http://127.0.0.1:1/', '-w', '2'], /-w/, /--url/],
  [['bench', '--placement', 'quota'], /--cpus/, /--cpus 1\.5/],
  [['bench', '--generators', '17'], /'17'/, /from 1 to 16/],
  [['gate', 'mixed', '--from', 'report.json'], /"mixed"/, /--objective/],
  [['gate', '--from', 'report.json', '-c', '5', '--seed', '1'], /--seed, --connections/, /--objective/],
  [['gate', '--from', 'report.json', '--cmd', 'node app.js'], /--cmd/, /--objective/],
  [['bench', wrongScenario], /wrong\.yaml has 3 problems/, /"nowhere"/, /"connections"/, /line 4/],
  [['bench', '--url', 'http://8.8.8.8/'], /8\.8\.8\.8/, /--allow-remote/],
  [['gate', '--from', join(folder, 'none.json')], /none\.json/],
]

for (const [args, ...expected] of WRONG) {
  test(`tune ${args.join(' ').replace(folder, '')} is refused with exit code 2 and one message`, async () => {
    const { code, stdout, stderr } = await runTune(args)
    assert.equal(code, 2, stderr)
    assert.equal(stdout, '')
    for (const pattern of expected) assert.match(stderr, pattern)
    assert.doesNotMatch(stderr, /\n\s+at .*\.js:\d+/, 'a wrong value must not print a stack')
  })
}

test('tune without a command shows what it can do', async () => {
  const { stdout, stderr } = await runTune([])
  assert.match(stdout + stderr, /npx tune bench/)
})
