import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { precompress } from './build/precompress.ts'
import { preloadFonts } from './build/preload-fonts.ts'

/** Strongroom, for `vite dev`. Start it with PUBLIC_URL set to the address that Vite prints. */
const strongroom = 'http://localhost:3000'

export default defineConfig({
  plugins: [react(), preloadFonts(), precompress()],
  // A stand-in that wouter brings for React 17; React has the hook itself.
  resolve: { alias: { 'use-sync-external-store/shim/index.js': 'react' } },
  build: {
    // Nothing may be inlined: the content security policy takes scripts, styles and fonts from this origin only.
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
  },
  server: {
    proxy: { '^/(auth|api)/': strongroom },
  },
})
