import { pathToFileURL } from 'node:url'
import { chooseProgram } from './build/choose-program.mjs'

const { path, notice } = chooseProgram()
if (notice) process.stderr.write(`${notice} Build it with: npm run build\n`)
await import(pathToFileURL(path).href)
