import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** What has text in it. Pictures and fonts are compressed as they are. */
const compressible = /\.(?:html|js|css|svg|json|txt|webmanifest)$/

/** Smaller ones fit into a packet or two whatever is done to them. */
const leastBytes = 1024

const encodings: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  br: (bytes) =>
    brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
    }),
  zst: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }),
  gz: (bytes) => gzipSync(bytes, { level: 9 }),
}

/** Puts a compressed copy beside each built file, once, so that the server compresses nothing. */
export function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    writeBundle({ dir = 'dist' }) {
      for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
        if (compressible.test(name)) compress(join(dir, name))
      }
    },
  }
}

function compress(file: string): void {
  const bytes = readFileSync(file)
  if (bytes.length < leastBytes) return
  for (const [extension, encode] of Object.entries(encodings)) {
    const smaller = encode(bytes)
    if (smaller.length < bytes.length) writeFileSync(`${file}.${extension}`, smaller)
  }
}
