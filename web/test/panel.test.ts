// @vitest-environment happy-dom
/** The open chat in a page, with its real code and no server: what can be seen without one. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { readOptions } from '../src/options'
import { openPanel, type Panel } from '../src/panel'
import type { BotMessage } from '../src/protocol'
import { replies, type Reply } from './mock-replies'

let panel: Panel
const closed = vi.fn()
const unread = vi.fn()

beforeEach(() => {
  localStorage.clear()
  const place = document.createElement('div')
  document.body.append(place)
  const options = readOptions({ phone: '(408) 796-7735', email: 'sales@infinitenetworksinc.com' }, 'http://127.0.0.1:9/webhooks/website/widget.js')
  panel = openPanel(place.attachShadow({ mode: 'open' }), { options, close: closed, unread, answered: vi.fn() })
})

afterEach(() => {
  panel.conversation.stop()
  document.body.replaceChildren()
})

const all = <Kind extends HTMLElement>(selector: string) => [...(panel.shadowRoot?.querySelectorAll<Kind>(selector) ?? [])]
const text = (selector: string) => all(selector).map((found) => found.textContent.trim())
const shown = (selector: string) => vi.waitFor(() => { expect(all(selector).length).toBeGreaterThan(0) })

async function says(reply: Reply | undefined, number = 1): Promise<void> {
  const message: BotMessage = { from: 'bot', number, at: new Date().toISOString(), text: '', ...reply }
  panel.store.addBot(message)
  await panel.updateComplete
}

it('greets, says that it is a bot, and puts the keyboard on the composer', async () => {
  await panel.show(true)
  expect(text('.bubble')[0]).toContain('bot')
  expect(panel.shadowRoot?.activeElement?.id).toBe('draft')
})

it('has a polite log that says who spoke', async () => {
  await panel.show(true)
  panel.say('hello')
  await panel.updateComplete
  expect(all('.log')[0]?.getAttribute('role')).toBe('log')
  expect(all('.log')[0]?.getAttribute('aria-live')).toBe('polite')
  expect(text('.line.user .sr')).toEqual(['You:'])
})

it('shows what waits for a connection, and keeps the draft over a reload', async () => {
  await panel.show(true)
  panel.say('hello')
  panel.typed('half a quest')
  await panel.updateComplete
  expect(text('.line.user .meta')).toEqual(['Waiting for the connection'])
  expect(panel.memory.get<string>('draft', '')).toBe('half a quest')
})

it('disables quick replies once one was used', async () => {
  await panel.show(true)
  await says(replies('choose')[0])
  await shown('.line.bot:not(:first-child) .reply')
  const buttons = () => all<HTMLButtonElement>('.line.bot:not(:first-child) .reply')
  buttons().find((button) => button.textContent.includes('400G'))?.click()
  await panel.updateComplete
  expect(buttons().every((button) => button.disabled)).toBe(true)
  expect(text('.reply.used')).toEqual(['400G'])
})

it('keeps the keyboard in the chat when the used button is disabled', async () => {
  await panel.show(true)
  await says(replies('choose')[0])
  await shown('.line.bot:not(:first-child) .reply')
  const button = all('.line.bot:not(:first-child) .reply')[0]
  button?.focus()
  button?.click()
  await panel.updateComplete
  expect(panel.shadowRoot?.activeElement?.id).toBe('draft')
})

it('draws cards, tables and budgets with words for what is drawn', async () => {
  await panel.show(true)
  await says(replies('product')[0], 1)
  await says(replies('difference')[0], 2)
  await says(replies('budget over')[0], 3)
  await shown('.card')
  expect(text('.price')).toContain('$125.00')
  expect(all('.product')).toHaveLength(3)
  expect(text('.better')[0]).toContain('(better)')
  expect(text('.sum')[0]).toContain('0.15 dB too much')
})

it('asks for a quote from a card', async () => {
  await panel.show(true)
  await says(replies('product')[0])
  await shown('.soft')
  all('.soft')[0]?.click()
  await panel.updateComplete
  expect(text('.line.user .bubble')[0]).toContain('quote for INX-TRK-M4')
})

it('ties the errors of the form to its fields', async () => {
  await panel.show(true)
  await says(replies('person')[0])
  await shown('form.contact')
  all<HTMLFormElement>('form.contact')[0]?.dispatchEvent(new Event('submit', { cancelable: true }))
  await shown('.field .error')
  const name = all('#bot-1-name')[0]
  expect(name?.getAttribute('aria-invalid')).toBe('true')
  expect(text(`#${name?.getAttribute('aria-describedby') ?? ''}`)).toEqual(['Please enter your name.'])
  await vi.waitFor(() => { expect(panel.shadowRoot?.activeElement?.id).toBe('bot-1-name') })
})

it('has a person in reach, also without a server', async () => {
  await panel.show(true)
  all('.person')[0]?.click()
  await panel.updateComplete
  expect(all<HTMLAnchorElement>('.way').map((link) => link.getAttribute('href'))).toEqual(['tel:+14087967735', 'mailto:sales@infinitenetworksinc.com'])
})

it('closes the innermost thing on Escape', async () => {
  await panel.show(true)
  const escape = () => all('.panel')[0]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
  all('.person')[0]?.click()
  await panel.updateComplete
  escape()
  await panel.updateComplete
  expect(all('.pop')).toEqual([])
  expect(closed).not.toHaveBeenCalled()
  escape()
  expect(closed).toHaveBeenCalledOnce()
})

it('counts answers that come while it is closed', async () => {
  await says({ text: 'one' }, 1)
  await says({ text: 'two' }, 2)
  expect(unread).toHaveBeenLastCalledWith(2)
})

it('names the colleague who writes', async () => {
  await panel.show(true)
  await says({ text: 'Hi, Dana here.', author: 'Dana' })
  expect(text('.who')[1]).toContain('Dana')
  expect(all('.line.bot:not(:first-child) .thumb')).toEqual([])
})

it('shows who came and went as a line of its own that cannot be rated', async () => {
  await panel.show(true)
  await says({ text: 'Hello!' }, 1)
  await says({ text: 'Dana joined the chat.', notice: true }, 2)
  await says({ text: 'Hi, Dana here.', author: 'Dana' }, 3)
  expect(text('.came')).toEqual(['Dana joined the chat.'])
  expect(text('.who').at(-1)).toContain('Dana')
  expect(all('.thumb')).toHaveLength(2)
})

it('says in the header who answers', async () => {
  await panel.show(true)
  panel.store.update({ link: 'online', agent: 'Dana' })
  await panel.updateComplete
  expect(text('.state')[0]).toBe('You are talking with Dana')
  panel.store.update({ agent: null })
  await panel.updateComplete
  expect(text('.state')[0]).toContain('Bot')
})

it('shows hostile text as text', async () => {
  await panel.show(true)
  panel.say('<img src=x onerror=alert(1)>')
  await says(replies('hostile')[0])
  await panel.updateComplete
  expect(all('.log img, .log script')).toEqual([])
  expect(text('.line.user .bubble')).toEqual(['<img src=x onerror=alert(1)>'])
})
