import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = mkdtempSync(join(tmpdir(), 'widget-'))
const files = () => ['widget.js', ...readdirSync(join(dist, 'assets')).map((name) => `assets/${name}`)]
const code = () => files().map((file) => readFileSync(join(dist, file), 'utf8')).join('\n')

let printed = ''
beforeAll(() => {
  printed = execFileSync('npm', ['run', '-s', 'build'], {
    cwd: root,
    encoding: 'utf8',
    // Not the runner's own NODE_ENV, with which Vite builds for tests.
    env: { ...process.env, NODE_ENV: 'production', WIDGET_DIST: dist },
  }) // fails above the limits
}, 60_000)

afterAll(() => { rmSync(dist, { recursive: true }) })

it('stays within the promised sizes', () => {
  expect(printed).toMatch(/before a visitor types +\d+ of 40000/)
})

it('is a classic script that can be embedded with one line', () => {
  expect(readFileSync(join(dist, 'widget.js'), 'utf8')).not.toMatch(/(^|[;}])\s*(import|export)[\s{]|import\.meta/)
})

it('works under a Content-Security-Policy without unsafe-eval', () => {
  expect(code()).not.toMatch(/\beval\(|new Function\b/)
})

it('names no other host', () => {
  const hosts = new Set([...code().matchAll(/https?:\/\/([\w.-]+)/g)].map(([, host]) => host))
  expect([...hosts].filter((host) => !['www.w3.org', 'www.w', 'socket.io'].includes(host ?? ''))).toEqual([])
})
