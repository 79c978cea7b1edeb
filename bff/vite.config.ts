import { defineConfig, type Plugin } from 'vite'
import { noteName, sourcesFingerprint } from './build/sources.mjs'

/** Puts the server into a few files: to find, read and strip its many is most of what a start from source takes. */
export default defineConfig({
  plugins: [noteSources()],
  build: {
    ssr: true,
    target: 'node24',
    sourcemap: true,
    // The stack of an error that ends the process is logged, and is to be read.
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        main: 'src/main.ts',
        strongroom: 'src/cli/strongroom.ts',
        // A process of its own, found beside the others by its name.
        'courier-process': 'src/offline/courier-process.ts',
      },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    },
  },
  ssr: { noExternal: true },
})

/** `npm run serve` runs a build only if it is of the sources that are there. */
function noteSources(): Plugin {
  return {
    name: 'note-sources',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: noteName, source: `${sourcesFingerprint()}\n` })
    },
  }
}
