/** Colours that stay readable whatever brand colour the embedding page chose. */

import { DEFAULT_COLOR } from './options'

type Rgb = readonly [number, number, number]

const WHITE: Rgb = [255, 255, 255]
const INK: Rgb = [16, 24, 36]
const BLACK: Rgb = [0, 0, 0]
const DARK_PANEL: Rgb = [18, 25, 35]
const LEAST_TEXT_CONTRAST = 4.5 // WCAG 2.2, 1.4.3
const LEAST_SHAPE_CONTRAST = 3 // WCAG 2.2, 1.4.11

/** `#abc` or `#aabbcc` as numbers; null when it is neither. */
export function parseColor(text: string): Rgb | null {
  const hex = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(text.trim())?.[1]
  if (!hex) return null
  const long = hex.length === 3 ? hex.replace(/./g, '$&$&') : hex
  const byte = (at: number) => parseInt(long.slice(at, at + 2), 16)
  return [byte(0), byte(2), byte(4)]
}

/** WCAG contrast of two colours, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** The custom properties of the widget's brand colour, for light and dark surroundings. */
export function themeOf(color: string): Record<string, string> {
  const accent = parseColor(color) ?? parseColor(DEFAULT_COLOR) ?? INK
  const accentDark = moveTo(WHITE, accent, DARK_PANEL, LEAST_SHAPE_CONTRAST)
  return {
    '--accent-light': css(accent),
    '--on-accent-light': css(textOn(accent)),
    '--link-light': css(moveTo(INK, accent, [244, 246, 249], LEAST_TEXT_CONTRAST)),
    '--accent-dark': css(accentDark),
    '--on-accent-dark': css(textOn(accentDark)),
    '--link-dark': css(moveTo(WHITE, accent, [30, 39, 52], LEAST_TEXT_CONTRAST)),
  }
}

/** White or ink where they can be read on the colour, else black: on middle greys only that can. */
export function textOn(color: Rgb): Rgb {
  return [WHITE, INK].find((text) => contrast(color, text) >= LEAST_TEXT_CONTRAST) ?? BLACK
}

/** The colour, moved towards `end` in small steps until it stands out enough on `ground`. */
function moveTo(end: Rgb, color: Rgb, ground: Rgb, least: number): Rgb {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(color, end, share)
    if (contrast(mixed, ground) >= least) return mixed
  }
  return end
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const at = (i: 0 | 1 | 2) => Math.round(from[i] + (to[i] - from[i]) * share)
  return [at(0), at(1), at(2)]
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((byte) => {
    const part = byte / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

const css = (color: Rgb) => `rgb(${color.join(' ')})`
