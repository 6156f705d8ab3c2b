import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DeadlineSweep } from '../../src/resilience/deadline.ts'
import { GAZETTEER } from '../../src/server/gazetteer.ts'
import { Geocoder } from '../../src/server/geocoder.ts'
import { FakeClock } from '../support/fake-clock.ts'

function geocoder(): Geocoder {
  const clock = new FakeClock()
  return new Geocoder(10, clock, new DeadlineSweep(clock))
}

test('a city is found in a sentence, in any case, misspelt, and when its name has two words', async () => {
  const locate = async (text: string): Promise<string | undefined> => (await geocoder().locate(text))?.name
  assert.equal(await locate('A quiet hotel in LISBON, please'), 'Lisbon')
  assert.equal(await locate('the museums of amsterdm'), 'Amsterdam')
  assert.equal(await locate('flights to new york tonight'), 'New York')
})

test('a text that names no city has no place, also when it is asked again', async () => {
  const known = geocoder()
  assert.equal(await known.locate('what is the meaning of it all'), null)
  assert.equal(await known.locate('what is the meaning of it all'), null)
  assert.equal(await known.locate(''), null)
})

test('every place of the gazetteer has a name and lies on the globe', () => {
  assert.ok(GAZETTEER.length > 100)
  for (const { name, latitude, longitude } of GAZETTEER) {
    assert.match(name, /^[A-Z][A-Za-z ]+$/)
    assert.ok(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180, name)
  }
})
