// @vitest-environment happy-dom
/** A channel check as visitors get it: drawn from what the server really sends, and in words. */

import { afterEach, expect, it, vi } from 'vitest'

import { readOptions } from '../src/options'
import { openPanel, type Panel } from '../src/panel'
import type { ChannelCheck } from '../src/protocol'
import { textsFor, panelTexts } from '../src/strings'
import { transcript } from '../src/transcript'
import { computed, type Reply } from './mock-replies'

const AT = '2026-11-22T13:00:00Z'
let panel: Panel | undefined

afterEach(() => {
  panel?.conversation.stop()
  document.body.replaceChildren()
})

const all = (selector: string) => [...(panel?.shadowRoot?.querySelectorAll(selector) ?? [])]
const text = (selector: string) => all(selector).map((found) => found.textContent.replace(/\s+/g, ' ').trim())

async function draw(reply: Reply): Promise<void> {
  localStorage.clear()
  const place = document.createElement('div')
  document.body.append(place)
  const options = readOptions({ phone: '(408) 796-7735', email: 'sales@infinitenetworksinc.com' }, 'http://127.0.0.1:9/webhooks/website/widget.js')
  panel = openPanel(place.attachShadow({ mode: 'open' }), { options, close: vi.fn(), unread: vi.fn(), answered: vi.fn() })
  await panel.show(true)
  panel.store.addBot({ from: 'bot', number: 1, at: AT, ...reply })
  await vi.waitFor(() => { expect(all('.card').length).toBeGreaterThan(0) })
}

const points = (line: Element) => (line.getAttribute('points') ?? '').split(' ').map((point) => point.split(',').map(Number))

it('draws every fiber from end A to end B, receive by another line than transmit', async () => {
  await draw(computed('works'))
  const lines = all('.drawn polyline')
  const ends = lines.map((line) => points(line).at(-1)?.join())
  expect(lines).toHaveLength(12)
  expect(new Set(ends).size).toBe(12)
  expect(all('.drawn .tx')).toHaveLength(4)
  expect(all('.drawn .rx')).toHaveLength(4)
})

it('shows pins, holes and keys at each joint', async () => {
  await draw(computed('works'))
  expect(all('.drawn circle.pins')).toHaveLength(8)
  expect(all('.drawn circle.holes')).toHaveLength(8)
  expect(all('.drawn .key')).toHaveLength(4) // both faces of both joints that have an adapter
  expect(text('.legend').join()).toContain('key up to key up')
})

it('names the joint that fails in words, and frames it', async () => {
  await draw(computed('fails'))
  expect(text('.drawn .title').filter((words) => words.includes('fails'))).toEqual(['Joint 3: ✗ fails'])
  expect(all('.drawn .trouble')).toHaveLength(1)
  expect(text('.verdict')).toEqual(['Does not work'])
})

it('marks a fiber that goes wrong by more than its color', async () => {
  await draw(computed('wrong'))
  expect(all('.drawn .wrong')).toHaveLength(8)
  expect(all('.drawn .cross')).toHaveLength(8)
  expect(text('.legend').join()).toContain('Goes wrong')
})

it('is one named picture, with all of it in words beside', async () => {
  await draw(computed('fails'))
  const check = computed('fails').custom as ChannelCheck
  expect(all('.drawn svg')[0]?.getAttribute('role')).toBe('img')
  expect(all('.drawn svg')[0]?.getAttribute('aria-label')).toBe(`${check.title}: Does not work`)
  expect(text('details li')).toHaveLength(check.joints.length)
  expect(text('details p')).toEqual(check.order)
})

it('says so where fibers cannot be followed, and what is not known', async () => {
  await draw(computed('unfit'))
  expect(all('.drawn polyline')).toHaveLength(0)
  expect(text('.legend')[0]).toContain('not followed')
})

it('asks rather than fails where something is not known', async () => {
  await draw(computed('open'))
  expect(text('.verdict')).toEqual(['Not known yet'])
  expect(text('.drawn .title').join()).toContain('? not known')
})

it('shows hostile names as text', async () => {
  const { custom } = computed('works')
  const told = '</text><img src=x>'
  const hostile = JSON.parse(JSON.stringify(custom).replaceAll('100GBASE-SR4', told).replaceAll('cord 1', told)) as ChannelCheck
  await draw({ text: '', custom: hostile })
  expect(all('.card img')).toEqual([])
  expect(text('.drawn .title').join()).toContain(told)
})

it('stands in the transcript in words', () => {
  const { custom } = computed('fails')
  const told = transcript([{ from: 'bot', key: 'b', number: 1, at: AT, text: '', custom }], 'Chat', textsFor(panelTexts, 'en'), 'en')
  expect(told).toContain('Joint 3, the trunk to cord 2')
  expect(told).toContain('Transmit fibers of end A arrive at end B')
})

it('puts what is typical beside the worst case of a link budget, when it is known', async () => {
  await draw(computed('budget'))
  expect(text('.bars p')).toEqual(['Worst case', 'Typical: 0.35 dB'])
})

it('draws the worst case alone when a part has no typical figure', async () => {
  await draw(computed('budget_untypical'))
  expect(text('.bars p')).toEqual(['Worst case'])
})
