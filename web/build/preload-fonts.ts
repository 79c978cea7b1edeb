import type { Plugin } from 'vite'

/** The faces that every page is set in. The rest is fetched when a letter wants it. */
const firstFaces = /latin-wght-normal-[\w-]+\.woff2$/

/** Has the browser fetch the faces while it reads the script, so that no line is set twice. */
export function preloadFonts(): Plugin {
  return {
    name: 'preload-fonts',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle = {} }) =>
        Object.keys(bundle)
          .filter((name) => firstFaces.test(name))
          .map((name) => ({
            tag: 'link',
            // A font is always fetched as if from elsewhere; without `crossorigin` it would be fetched twice.
            attrs: {
              rel: 'preload',
              as: 'font',
              type: 'font/woff2',
              href: `/${name}`,
              crossorigin: '',
            },
            injectTo: 'head' as const,
          })),
    },
  }
}
