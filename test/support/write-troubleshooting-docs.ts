import { writeFileSync } from 'node:fs'

import { troubleshootingDocs } from './troubleshooting-docs.ts'

/** Writes docs/troubleshooting.md anew: `npm run troubleshooting-docs`, after a change of the table of symptoms. */
writeFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), troubleshootingDocs())
