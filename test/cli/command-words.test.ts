import assert from 'node:assert/strict'
import { test } from 'node:test'

import { commandWords } from '../../src/cli/command-words.ts'
import { UsageError } from '../../src/core/errors.ts'

/** What bash prints for `printf '[%s]' …`. */
const WORDS: readonly (readonly [string, readonly string[]])[] = [
  ['node app.js', ['node', 'app.js']],
  ['  gunicorn   -w {workers}\t-b :{port} app:app ', ['gunicorn', '-w', '{workers}', '-b', ':{port}', 'app:app']],
  [`node -e 'a && b | c > d; $x'`, ['node', '-e', 'a && b | c > d; $x']],
  [`node "my app.js" --name="two words"`, ['node', 'my app.js', '--name=two words']],
  [`sh -c "echo 'it' | cat"`, ['sh', '-c', "echo 'it' | cat"]],
  [`node app.js ''`, ['node', 'app.js', '']],
  [`node app.js '*.js' "~/x" 'f(1)' "#1"`, ['node', 'app.js', '*.js', '~/x', 'f(1)', '#1']],
  ['./server --bind [::1]:{port} --path /a~b/?c=#d', ['./server', '--bind', '[::1]:{port}', '--path', '/a~b/?c=#d']],
]

for (const [line, words] of WORDS) {
  test(`${line} is read as a shell reads it`, () => {
    assert.deepEqual(commandWords(line), words)
  })
}

const REFUSED: readonly (readonly [string, RegExp, RegExp])[] = [
  ['PORT=1 node app.js', /the variable PORT/, /--env PORT=/],
  ['node app.js | tee log', /"\|"/, /sh -c/],
  ['npm run build && node app.js', /"&&"/, /sh -c/],
  ['node app.js > log', /">"/, /sh -c/],
  ['node app.js 2>&1', /"2>"/, /sh -c/],
  ['node app.js &', /"&"/, /sh -c/],
  ['node app.js; true', /";"/, /sh -c/],
  ['node app.js < in', /"<"/, /sh -c/],
  ['node app.js $PORT', /"\$P"/, /sh -c/],
  ['node app.js "$(pwd)"', /"\$\("/, /sh -c/],
  ['node `pwd`', /"`"/, /sh -c/],
  ['node ~/app.js', /"~"/, /quotes/],
  ['node *.js', /"\*"/, /quotes/],
  ['(node app.js)', /"\("/, /sh -c/],
  ['gunicorn app:create()', /"\("/, /quotes/],
  ['node app.js {1,2}', /"\{1,2\}"/, /quotes/],
  ['node app.js # now', /"#"/, /quotes/],
  ['node app.js "$$"', /"\$\$"/, /sh -c/],
  ['node my\\ app.js', /"\\\\"/, /sh -c/],
  ['node "app.js', /not closed/, /close it/],
  ['', /empty/, /node app\.js/],
  ['   ', /empty/, /node app\.js/],
]

for (const [line, message, hint] of REFUSED) {
  test(`"${line}" is refused, because tune uses no shell`, () => {
    assert.throws(
      () => commandWords(line),
      (error) => error instanceof UsageError && message.test(error.message) && hint.test(error.hint ?? ''),
    )
  })
}
