import { expect, it } from 'vitest'

import { readOptions } from '../src/options'

const SRC = 'https://shop.example/webhooks/website/widget.js?v=2'

it('finds the server from the address of its own script', () => {
  expect(readOptions({}, SRC).server).toBe('https://shop.example/webhooks/website/')
})

it('has a default for everything', () => {
  expect(readOptions({}, SRC)).toMatchObject({ position: 'right', lang: 'en', color: '#0b5cad', proactiveDelay: 0, opening: '' })
})

it('reads every attribute', () => {
  const data = { title: 'Ask us', color: '#abc', position: 'left', lang: 'es', opening: 'Hi', proactiveDelay: '20', phone: '1', email: 'a@b.c', privacy: '/p', dir: 'rtl' }
  expect(readOptions(data, SRC)).toMatchObject({ ...data, proactiveDelay: 20 })
})

it('speaks the page’s language unless told otherwise', () => {
  expect(readOptions({}, SRC, 'es-MX').lang).toBe('es-MX')
  expect(readOptions({ lang: 'en' }, SRC, 'es-MX').lang).toBe('en')
  expect(readOptions({}, SRC, '').lang).toBe('en')
})

it('shrugs at nonsense', () => {
  expect(readOptions({ position: 'top', proactiveDelay: '-3', dir: 'up' }, SRC)).toMatchObject({ position: 'right', proactiveDelay: 0, dir: '' })
})
