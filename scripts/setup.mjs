// Makes ready what `npm start` and `npm test` need. Runs before anything is installed, so it and what it
// imports are plain JavaScript on Node's own modules.

const [major = 0] = process.versions.node.split('.').map(Number)

if (major < 20) {
  console.error(
    `Strongroom needs Node 20 or later to set itself up; this is Node ${process.versions.node}.`,
  )
  process.exit(1)
}

// Loaded only now: an older Node may not even parse it.
const { makeReady } = await import('./setup/make-ready.mjs')
process.exitCode = await makeReady(process.argv[2])
