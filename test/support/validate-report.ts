import { readFileSync } from 'node:fs'

import { Ajv } from 'ajv'

/** Checks a report file against a published JSON Schema, both named on the command line; ends with 1 when it does not fit. */
const [reportFile = '', schemaFile = ''] = process.argv.slice(2)
const schema: unknown = JSON.parse(readFileSync(schemaFile, 'utf8'))
const validate = new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(schema as object) // a JSON Schema
const isValid = validate(JSON.parse(readFileSync(reportFile, 'utf8')))
if (!isValid) console.error(validate.errors)
else console.log(`${reportFile} fits ${schemaFile}`)
process.exitCode = isValid ? 0 : 1
