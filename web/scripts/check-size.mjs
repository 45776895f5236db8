/** Fails the build when a page would load more than we promise. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const LAUNCHER_LIMIT = 6_000 // bytes gzip: what every page view loads
const TOTAL_LIMIT = 40_000 // bytes gzip: all that is loaded before a visitor types

const dist = process.env.WIDGET_DIST ?? 'dist' // as in vite.config.ts; npm runs this in web/
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))
const laterFiles = Object.values(manifest).filter((part) => part.isDynamicEntry).map((part) => part.file)

const files = ['widget.js', ...readdirSync(join(dist, 'assets')).map((name) => `assets/${name}`)]
const parts = files.map((file) => ({ file, bytes: gzipSync(readFileSync(join(dist, file)), { level: 9 }).length }))
const launcher = parts[0].bytes
const early = parts.filter(({ file }) => !laterFiles.includes(file)).reduce((sum, { bytes }) => sum + bytes, 0)

for (const { file, bytes } of parts) {
  console.log(`${file.padEnd(24)} ${String(bytes).padStart(6)} bytes gzip${laterFiles.includes(file) ? ' (at the first key)' : ''}`)
}
console.log(`${'before a visitor types'.padEnd(24)} ${String(early).padStart(6)} of ${TOTAL_LIMIT}`)

if (launcher > LAUNCHER_LIMIT) fail(`widget.js has ${launcher} bytes, at most ${LAUNCHER_LIMIT} are allowed`)
if (early > TOTAL_LIMIT) fail(`${early} bytes come before a visitor types, at most ${TOTAL_LIMIT} are allowed`)

function fail(message) {
  console.error(`Too large: ${message}. Load something later, or leave it out.`)
  process.exitCode = 1
}
