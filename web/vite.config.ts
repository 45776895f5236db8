import { readFileSync } from 'node:fs'

import { defineConfig } from 'vite'

const DIST = process.env.WIDGET_DIST ?? 'dist' // tests build elsewhere: this one may be served right now
const shared = { outDir: DIST, target: 'es2022', modulePreload: false, reportCompressedSize: false } as const

/**
 * Two builds into one folder. `panel`: the chat, an ES module with a hash in its name. Then
 * `launcher`: the embedded script, a classic one with a stable name that knows the panel's.
 * One build would share modules between the two, and a classic script cannot import statically.
 */
export default defineConfig(({ mode }) => (mode === 'launcher' ? launcher() : panel()))


function panel() {
  return {
    base: './',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      ...shared,
      emptyOutDir: true,
      manifest: true,
      rolldownOptions: {
        input: 'src/panel.ts',
        preserveEntrySignatures: 'allow-extension' as const,
        output: { entryFileNames: 'assets/[hash].js', chunkFileNames: 'assets/[hash].js' },
      },
    },
  }
}

function launcher() {
  const files = JSON.parse(readFileSync(`${DIST}/.vite/manifest.json`, 'utf8')) as Record<string, { file: string }>
  return {
    define: { __PANEL_FILE__: JSON.stringify(files['src/panel.ts']?.file) },
    build: {
      ...shared,
      emptyOutDir: false,
      lib: { entry: 'src/widget.ts', formats: ['iife' as const], name: 'FiberChatWidget', fileName: () => 'widget.js' },
    },
  }
}
