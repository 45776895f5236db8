/** Copies what the desk's pages load from npm packages to where the desk serves it. */

import { copyFileSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'

const FILES = ['htmx.org/dist/htmx.min.js', 'htmx-ext-sse/dist/sse.min.js', 'charts.css/dist/charts.min.css']
const goal = join('..', 'desk', 'static', 'vendor') // npm runs this in web/

mkdirSync(goal, { recursive: true })
for (const file of FILES) copyFileSync(join('node_modules', file), join(goal, basename(file)))
