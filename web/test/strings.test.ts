import { describe, expect, it } from 'vitest'

import { richTexts } from '../src/rich-strings'
import { directionOf, languageOf, launcherTexts, panelTexts, textsFor } from '../src/strings'

const tables: [string, Record<string, object>][] = [['launcher', launcherTexts], ['panel', panelTexts], ['drawings', richTexts]]

describe.each(tables)('%s', (_, table) => {
  const english = Object.entries(table.en ?? {})

  it.each(Object.keys(table))('is complete in %s', (lang) => {
    expect(Object.keys(table[lang] ?? {}).sort()).toEqual(english.map(([key]) => key).sort())
    for (const value of Object.values(table[lang] ?? {})) expect(said(value)).not.toBe('')
  })

  it.each(Object.keys(table).filter((lang) => lang !== 'en'))('is translated in %s', (lang) => {
    const texts = table[lang] as Record<string, unknown>
    const same = english.filter(([key, value]) => said(value) === said(texts[key])).map(([key]) => key)
    expect(same).toEqual(same.filter((key) => ['bot'].includes(key)))
  })
})

it('has the same languages for all tables', () => {
  expect(Object.keys(richTexts)).toEqual(Object.keys(panelTexts))
  expect(Object.keys(launcherTexts)).toEqual(Object.keys(panelTexts))
})

it('falls back to English, and takes es for es-MX', () => {
  expect(textsFor(launcherTexts, 'xx')).toBe(launcherTexts.en)
  expect(textsFor(launcherTexts, 'es-MX')).toBe(launcherTexts.es)
  expect(languageOf(launcherTexts, 'constructor')).toBe('en')
})

it('knows which way a language runs', () => {
  expect(directionOf('ar')).toBe('rtl')
  expect(directionOf('es')).toBe('ltr')
})

/** The text itself, or what its function says for two. */
function said(value: unknown): string {
  if (typeof value === 'function') return String((value as (...words: unknown[]) => unknown)(2, 2, 2))
  return typeof value === 'string' ? value : JSON.stringify(value)
}
