import { describe, expect, it } from 'vitest'

import { contrast, parseColor, themeOf } from '../src/theme'

const rgb = (text = ''): [number, number, number] => (text.match(/\d+/g) ?? []).map(Number) as [number, number, number]
const LIGHT: [number, number, number] = [244, 246, 249]
const DARK: [number, number, number] = [18, 25, 35]

describe.each(['#0b5cad', '#ffd400', '#ffffff', '#000000', '#777777', '#0f0', '#e6007e', '#c0ffee', '#767676', '#123'])('with the brand colour %s', (color) => {
  const theme = themeOf(color)

  it.each(['light', 'dark'])('text on the colour can be read (%s)', (mode) => {
    expect(contrast(rgb(theme[`--accent-${mode}`]), rgb(theme[`--on-accent-${mode}`]))).toBeGreaterThanOrEqual(4.5)
  })

  it('links and outlines can be read on light and on dark', () => {
    expect(contrast(rgb(theme['--link-light']), LIGHT)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(rgb(theme['--link-dark']), DARK)).toBeGreaterThanOrEqual(4.5)
  })

  it('buttons stand out in the dark', () => {
    expect(contrast(rgb(theme['--accent-dark']), DARK)).toBeGreaterThanOrEqual(3)
  })
})

it('reads short and long hex colours', () => {
  expect(parseColor('#abc')).toEqual([170, 187, 204])
  expect(parseColor(' #0B5CAD ')).toEqual([11, 92, 173])
})

it('takes its own colour for what is none, such as an attempt to write CSS', () => {
  expect(parseColor('red; background: url(x)')).toBeNull()
  expect(themeOf('red; background: url(x)')).toEqual(themeOf('#0b5cad'))
})
