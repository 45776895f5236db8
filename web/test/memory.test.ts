import { expect, it } from 'vitest'

import { openMemory } from '../src/memory'
import { newId, Outbox } from '../src/outbox'
import { FakeStorage } from './fakes'

const SERVER = 'https://shop.example/webhooks/website/'
const item = (message_id: string) => ({ message_id, message: 'hi', text: 'hi', at: '2026-11-22T13:00:00Z' })

it('remembers across page loads, per server', () => {
  const storage = new FakeStorage()
  openMemory(SERVER, () => storage).set('draft', 'OM4, 30 m')
  expect(openMemory(SERVER, () => storage).get('draft', '')).toBe('OM4, 30 m')
  expect(openMemory('https://other.example/', () => storage).get('draft', '')).toBe('')
})

it('remembers for the page when storage is forbidden', () => {
  const memory = openMemory(SERVER, () => { throw new DOMException('denied', 'SecurityError') })
  memory.set('token', 'abc')
  expect(memory.get('token', '')).toBe('abc')
  memory.remove('token')
  expect(memory.get('token', '')).toBe('')
})

it('remembers for the page when storage is full', () => {
  const storage = new FakeStorage()
  storage.isFull = true
  const memory = openMemory(SERVER, () => storage)
  memory.set('draft', 'kept')
  expect(memory.get('draft', '')).toBe('kept')
})

it('starts afresh when somebody else wrote the entry', () => {
  const storage = new FakeStorage()
  const memory = openMemory(SERVER, () => storage)
  storage.setItem(memory.nameOf('outbox'), 'no JSON{')
  expect(new Outbox(memory).items()).toEqual([])
})

it('keeps unsent messages in order, each once, also from two tabs', () => {
  const storage = new FakeStorage()
  const [one, two] = [new Outbox(openMemory(SERVER, () => storage)), new Outbox(openMemory(SERVER, () => storage))]
  one.add(item('a'))
  two.add(item('b'))
  two.add(item('a'))
  one.remove('a')
  expect(two.items().map((queued) => queued.message_id)).toEqual(['b'])
})

it('makes ids also where the page has no randomUUID', () => {
  const plain = { getRandomValues: crypto.getRandomValues.bind(crypto) }
  expect(newId(plain)).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(newId(plain)).not.toBe(newId(plain))
})
