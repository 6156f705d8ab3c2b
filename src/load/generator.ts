/** Process entry: a load generator that sends real requests. */
import { createLoadDriver } from './driver.ts'
import { serveGenerator } from './serve-generator.ts'

serveGenerator(createLoadDriver())
