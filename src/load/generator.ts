/** Process entry: a load generator that sends real requests. */
import { createLoadDriver } from './driver.ts'
import { rehearse } from './rehearsal.ts'
import { serveGenerator } from './serve-generator.ts'

const driver = createLoadDriver()
await rehearse(driver)
serveGenerator(driver)
