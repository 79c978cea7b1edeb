#!/usr/bin/env node
// What is imported here is read before anything can be said, and an old Node stumbles over it: so nothing is.
const oldest = 24

if (Number.parseInt(process.versions.node) < oldest) {
  process.stderr.write(
    `strongroom needs Node ${oldest} or later, and this is ${process.versions.node}. Install a later one (https://nodejs.org), or run it in a container that has it.\n`,
  )
  process.exitCode = 2
} else await import('./strongroom.ts')
