/** Line icons, 24 by 24, drawn in the text's colour. Decorative: their buttons carry the name. */

import { html, svg, type TemplateResult } from 'lit'

const icon = (path: TemplateResult) =>
  html`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${path}</svg>`

export const closeIcon = icon(svg`<path d="M6 6l12 12M18 6L6 18" />`)
export const menuIcon = icon(svg`<path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="2.6" />`)
export const personIcon = icon(svg`<circle cx="12" cy="8" r="4" /><path d="M4.5 20c1-3.6 4-5.5 7.5-5.5s6.5 1.9 7.5 5.5" />`)
export const sendIcon = icon(svg`<path d="M12 19V5M5.5 11.5L12 5l6.5 6.5" />`)
export const downIcon = icon(svg`<path d="M12 5v14M5.5 12.5L12 19l6.5-6.5" />`)
export const upThumbIcon = icon(svg`<path d="M7 11v9H4v-9h3zm0 0l4-7.5c1.4 0 2.3 1 2.3 2.3V9h5a1.8 1.8 0 0 1 1.8 2.1l-1.1 7A2.2 2.2 0 0 1 16.8 20H7" />`)
export const downThumbIcon = icon(svg`<g transform="rotate(180 12 12)"><path d="M7 11v9H4v-9h3zm0 0l4-7.5c1.4 0 2.3 1 2.3 2.3V9h5a1.8 1.8 0 0 1 1.8 2.1l-1.1 7A2.2 2.2 0 0 1 16.8 20H7" /></g>`)
export const phoneIcon = icon(svg`<path d="M6.5 3.5h3l1.5 4-2 1.5a12 12 0 0 0 6 6l1.5-2 4 1.5v3a2 2 0 0 1-2.2 2A17 17 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2z" />`)
export const mailIcon = icon(svg`<rect x="3.5" y="5.5" width="17" height="13" rx="2.5" /><path d="M4 7.5l8 6 8-6" />`)
export const downloadIcon = icon(svg`<path d="M12 4v11M7 10.5l5 4.5 5-4.5M5 20h14" />`)
export const restartIcon = icon(svg`<path d="M4.5 12a7.5 7.5 0 1 0 2.6-5.7L4.5 8.5M4.5 4v4.5H9" />`)
export const starIcon = icon(svg`<path d="M12 3.8l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z" />`)
export const checkIcon = icon(svg`<path d="M5 12.5l4.5 4.5L19 7.5" />`)
export const alertIcon = icon(svg`<circle cx="12" cy="12" r="8.5" /><path d="M12 8v4.5M12 16h.01" />`)
/** The bot's mark: two ferrules facing each other, joined by light. */
export const markIcon = icon(svg`<rect x="3" y="7" width="6" height="10" rx="2" /><rect x="15" y="7" width="6" height="10" rx="2" /><path d="M9 10.5h6M9 13.5h6" />`)
