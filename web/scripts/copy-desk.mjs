/** Copies what the desk's pages load from an npm package to where the desk serves it. */

import { copyFileSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'

const FILE = 'htmx.org/dist/htmx.min.js'
const goal = join('..', 'desk', 'static', 'vendor') // npm runs this in web/

mkdirSync(goal, { recursive: true })
copyFileSync(join('node_modules', FILE), join(goal, basename(FILE)))
