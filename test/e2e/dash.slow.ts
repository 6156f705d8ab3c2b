import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test, type TestContext } from 'node:test'

import { descendants, eventually, runTune } from '../support/run-tune.ts'
import { hasTmux, openTerminal, type Terminal } from '../support/terminal.ts'

const skip = hasTmux() ? false : 'tmux is not installed'
const DASH = `${process.execPath} bin/tune.js dash -d 2s --warm-up 1s`

/** Starts the dashboard on a screen that already shows something, and waits until it draws figures. */
async function openDashboard(context: TestContext, command = DASH): Promise<Terminal> {
  const terminal = openTerminal(`echo before; ${command}; echo exit=$?; stty -a`, { columns: 80, rows: 24 })
  context.after(terminal.close)
  await eventually(
    'the dashboard shows measured figures',
    () => /▶ saturate .* of .*p50 +[\d.]+ ms/s.test(terminal.text()),
    20_000,
  )
  assert.ok(terminal.isAlternateScreen())
  assert.ok(!terminal.isCursorVisible())
  return terminal
}

/** Waits for the end, and checks that the terminal is as it was before. */
async function leftClean(terminal: Terminal): Promise<string> {
  await eventually('stty has printed the settings', () => /echoke/.test(terminal.text()), 20_000)
  const text = terminal.text()
  assert.ok(!terminal.isAlternateScreen())
  assert.ok(terminal.isCursorVisible())
  assert.match(text, /^before$/m)
  for (const setting of ['echo', 'icanon', 'isig']) assert.match(text, new RegExp(`(?<!-)\\b${setting}\\b`))
  assert.doesNotMatch(text, /q quit/)
  return text
}

function findDashboard(terminal: Terminal): number | undefined {
  return descendants(terminal.pid()).find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('dashboard/main')
    } catch {
      return false // ended while we looked
    }
  })
}

suite('in a real terminal', { skip }, () => {
  for (const key of ['q', 'C-c']) {
    test(`${key} leaves the dashboard, prints the partial summary and ends with 130`, async (context) => {
      const terminal = await openDashboard(context)
      terminal.press(key)
      const text = await leftClean(terminal)
      assert.match(text, /PARTIAL/)
      assert.match(text, /exit=130/)
    })
  }

  test('Ctrl-C before the dashboard has drawn anything leaves the terminal clean', async (context) => {
    const terminal = openTerminal(`echo before; ${DASH}; echo exit=$?; stty -a`, { columns: 80, rows: 24 })
    context.after(terminal.close)
    await eventually('the dashboard has a process', () => findDashboard(terminal) !== undefined)
    terminal.press('C-c')
    const text = await leftClean(terminal)
    assert.doesNotMatch(text, /the run goes on/)
    assert.match(text, /exit=130/)
  })

  test('a second q ends at once, and the terminal is clean all the same', async (context) => {
    const terminal = await openDashboard(context)
    terminal.press('q')
    terminal.press('q')
    assert.match(await leftClean(terminal), /exit=130/)
  })

  test('a run that is left alone ends by itself and prints the whole summary', async (context) => {
    const terminal = await openDashboard(context)
    const text = await leftClean(terminal)
    assert.match(text, /steady/)
    assert.doesNotMatch(text, /PARTIAL|exit=(?:70|130)/)
  })

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    test(`a run goes on to its end when its dashboard gets ${signal}`, async (context) => {
      const terminal = await openDashboard(context)
      const dashboard = findDashboard(terminal)
      assert.ok(dashboard !== undefined, 'the dashboard has a process of its own')
      process.kill(dashboard, signal)
      const text = await leftClean(terminal)
      assert.match(text, /note: the dashboard ended \(.+\), the run goes on/)
      assert.doesNotMatch(text, /PARTIAL|exit=(?:70|130)/)
    })
  }

  test('SIGTERM to the run leaves the dashboard and ends with 143', async (context) => {
    const terminal = await openDashboard(context)
    const [pid] = descendants(terminal.pid())
    process.kill(Number(pid), 'SIGTERM')
    assert.match(await leftClean(terminal), /exit=143/)
  })

  test('a resized dashboard fills its new size', async (context) => {
    const terminal = await openDashboard(context)
    for (const [columns, rows] of [
      [120, 40],
      [50, 12],
      [100, 24],
    ] as const) {
      terminal.resize(columns, rows)
      const shows = columns < 60 ? /^p50 .* p95 .* p99/m : new RegExp(`^╭─ Trust ─{${columns - 10}}╮$`, 'm')
      await eventually(`${columns} by ${rows} is filled`, () => shows.test(terminal.text()), 3_000)
    }
    terminal.press('q')
    assert.match(await leftClean(terminal), /exit=130/)
  })

  test('? shows what the keys do, and hides it again', async (context) => {
    const terminal = await openDashboard(context)
    terminal.press('?')
    await eventually('the help is shown', () => /stop, print what was measured/.test(terminal.text()), 3_000)
    terminal.press('?')
    await eventually('the help is hidden', () => /q quit · \? help/.test(terminal.text()), 3_000)
    terminal.press('q')
    await leftClean(terminal)
  })

  test('the dashboard is drawn on stderr, so that stdout may go to a file', async (context) => {
    const terminal = await openDashboard(context, `${DASH} --json | head -c 40`)
    assert.match(await leftClean(terminal), /"schema": "tune\.report\/v1"/)
  })
})

test('without a terminal the progress is plain text', async () => {
  const { stdout, stderr } = await runTune(['dash', '-d', '1s', '--warm-up', '500ms'])
  assert.match(stderr, /note: no terminal on stdin and stderr to draw on/)
  assert.match(stderr, /steady: open/)
  assert.ok(!(stderr + stdout).includes('\u001B'))
})
