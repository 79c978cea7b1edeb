#!/usr/bin/env node
import { pathToFileURL } from 'node:url'
import { chooseProgram } from './build/choose-program.mjs'

// From source without a word: what a command writes is read by programs, too.
const { path } = chooseProgram(undefined, { built: 'strongroom.js', source: 'cli/strongroom.ts' })
await import(pathToFileURL(path).href)
