import { writeFileSync } from 'node:fs'

import { settingsDocs } from './settings-docs.ts'

/** Writes docs/settings.md anew: `npm run settings-docs`, after a change of the table of settings or of the presets. */
writeFileSync(new URL('../../docs/settings.md', import.meta.url), settingsDocs())
