#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    'tune needs Node 22.19 or newer, found ' +
      process.versions.node +
      '; install Node 24 from https://nodejs.org, or run: npx -p node@24 -p @tune-toolkit/cli tune\n',
  )
  process.exit(3)
}
process.env.NODE_ENV = process.env.NODE_ENV || 'production'
void import('../dist/cli/main.js').then(({ main }) => main(process.argv.slice(2)))
