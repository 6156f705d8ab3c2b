import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseScenario } from '../../src/bench/scenario-file.ts'
import { describeScenario } from '../../src/cli/scenarios-command.ts'

const WRONG = '\u001B[2J\u0007'

test('nothing that a scenario file says reaches the terminal as a command', () => {
  const scenario = {
    name: 'probe',
    description: `clears${WRONG} the screen`,
    lookFor: `a clean${WRONG} screen`,
    settings: { [`CACHE${WRONG}`]: `yes${WRONG}` },
    requests: [{ path: '/', name: `route${WRONG}` }],
    phases: [{ name: 'only', kind: 'closed', connections: 1, duration: '1s' }],
    objectives: ['p95 < 200ms'],
  }
  const text = describeScenario(parseScenario(JSON.stringify(scenario), 'probe.json'), `./probe${WRONG}.json`)
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  assert.doesNotMatch(text, /[\u0000-\u0009\u000B-\u001F]/)
  for (const part of ['clears the screen', 'a clean screen', 'CACHE=yes', 'route', './probe.json']) {
    assert.ok(text.includes(part), part)
  }
})

test('what to look for is left out where a scenario does not say it', () => {
  const scenario = {
    name: 'probe',
    description: 'one request',
    requests: [{ path: '/' }],
    phases: [{ name: 'only', kind: 'closed', connections: 1, duration: '1s' }],
  }
  assert.doesNotMatch(describeScenario(parseScenario(JSON.stringify(scenario), 'probe.json'), 'x'), /Look for/)
})
