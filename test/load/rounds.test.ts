import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Rounds } from '../../src/load/rounds.ts'

function roundsOf(count: number): { readonly rounds: Rounds<string>; readonly heard: (readonly string[])[] } {
  const heard: (readonly string[])[] = []
  return { rounds: new Rounds<string>(count, (told) => heard.push(told)), heard }
}

test('a round ends when each process has told something, with the latest of each', () => {
  const { rounds, heard } = roundsOf(2)
  rounds.tell(0, 'a1')
  rounds.tell(0, 'a2')
  assert.deepEqual(heard, [])
  rounds.tell(1, 'b1')
  assert.deepEqual(heard, [['a2', 'b1']])
  rounds.tell(1, 'b2')
  assert.equal(heard.length, 1)
  rounds.tell(0, 'a3')
  assert.deepEqual(heard[1], ['a3', 'b2'])
})

test('a process that tells nothing more is not waited for, and what it told last stays', () => {
  const { rounds, heard } = roundsOf(3)
  rounds.leave(2)
  rounds.tell(0, 'a1')
  rounds.tell(1, 'b1')
  assert.deepEqual(heard, [['a1', 'b1']])
  rounds.tell(0, 'a2')
  rounds.leave(1)
  assert.deepEqual(heard[1], ['a2', 'b1'])
  rounds.tell(0, 'a3')
  assert.deepEqual(heard[2], ['a3', 'b1'])
})

test('when all have left nothing is told', () => {
  const { rounds, heard } = roundsOf(2)
  rounds.leave(0)
  rounds.leave(1)
  assert.deepEqual(heard, [])
})

test('what a single process tells is passed on at once', () => {
  const { rounds, heard } = roundsOf(1)
  rounds.tell(0, 'a1')
  rounds.tell(0, 'a2')
  assert.deepEqual(heard, [['a1'], ['a2']])
})
