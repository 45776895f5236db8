/** The conversation over a real Socket.IO connection to the mock of the channel. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { Conversation } from '../src/conversation'
import { openMemory, type Memory } from '../src/memory'
import { Store } from '../src/store'
import { FakeStorage } from './fakes'
import { MockServer } from './mock-server'

const WORDS = { expired: 'That conversation has ended.', failed: 'That did not work.' }
const PATIENCE = { ack: 150, session: 2_000, again: 50, refused: 100, typing: 2_000 }

interface Tab { store: Store; conversation: Conversation; memory: Memory }

let mock: MockServer
let server: string
let storage: FakeStorage
const open: Conversation[] = []

beforeEach(async () => {
  vi.stubGlobal('navigator', { onLine: true })
  mock = new MockServer()
  server = await mock.start()
  storage = new FakeStorage()
})

afterEach(async () => {
  for (const conversation of open.splice(0)) conversation.stop()
  await mock.stop()
})

/** A tab of one browser: all share the storage. */
function openTab(): Tab {
  const memory = openMemory(server, () => storage)
  const store = new Store()
  const conversation = new Conversation(server, store, memory, WORDS, PATIENCE)
  open.push(conversation)
  conversation.start()
  return { store, conversation, memory }
}

const online = ({ store }: Tab) => vi.waitFor(() => { expect(store.link).toBe('online') }, 5_000)
const shows = ({ store }: Tab, ...texts: string[]) =>
  vi.waitFor(() => { expect(store.lines.map((line) => line.text.slice(0, 12))).toEqual(texts) }, 5_000)
const token = ({ memory }: Tab) => memory.get<string>('token', '')
const ANSWER = 'Return loss '

it('keeps the token that the server issued, and says it with every message', async () => {
  const tab = openTab()
  await online(tab)
  tab.conversation.say('hello')
  await shows(tab, 'hello', ANSWER)
  expect(token(tab)).toBe('token-1')
  expect(mock.received).toMatchObject([{ session_id: 'token-1', message: 'hello' }])
  expect(tab.conversation.outbox.items()).toEqual([])
})

it('sends the payload of a button and shows its title', async () => {
  const tab = openTab()
  await online(tab)
  tab.conversation.say('400G', '/pick{"title":"400G"}')
  await shows(tab, '400G', 'Products')
  expect(mock.received[0]?.message).toBe('/pick{"title":"400G"}')
})

it('sends what was written before the connection stood, in order', async () => {
  const tab = openTab()
  tab.conversation.say('first nothing')
  tab.conversation.say('then nothing')
  await vi.waitFor(() => { expect(mock.received.map((one) => one.message)).toEqual(['first nothing', 'then nothing']) })
})

it('sends again under the same id when the acknowledgement is lost, and shows it once', async () => {
  const tab = openTab()
  await online(tab)
  mock.losesAcks = true
  tab.conversation.say('hello')
  await vi.waitFor(() => { expect(mock.received.length).toBeGreaterThan(1) })
  mock.losesAcks = false
  await vi.waitFor(() => { expect(tab.conversation.outbox.items()).toEqual([]) })
  expect(new Set(mock.received.map((one) => one.message_id)).size).toBe(1)
  await shows(tab, 'hello', ANSWER)
})

it('sends after a reload what an earlier page could not', async () => {
  const earlier = openTab()
  await online(earlier)
  earlier.conversation.stop()
  earlier.conversation.say('written offline')
  const tab = openTab()
  await shows(tab, 'written offl', ANSWER)
  expect(mock.received).toHaveLength(1)
})

it('keeps a message while the connection is lost, and sends it once it is back', async () => {
  const tab = openTab()
  await online(tab)
  for (const socket of mock.sockets) socket.conn.close()
  await vi.waitFor(() => { expect(tab.store.link).toBe('reconnecting') })
  tab.conversation.say('hello')
  expect(tab.store.lines[0]).toMatchObject({ state: 'waiting' })
  await shows(tab, 'hello', ANSWER)
  expect(tab.store.lines[0]).toMatchObject({ state: 'sent' })
})

it('asks after a lost connection only for what came since', async () => {
  const tab = openTab()
  await online(tab)
  tab.conversation.say('hello')
  await shows(tab, 'hello', ANSWER)
  mock.say(token(tab), { text: 'missed' }, true)
  for (const socket of mock.sockets) socket.conn.close()
  await shows(tab, 'hello', ANSWER, 'missed')
  expect(mock.requests.at(-1)).toMatchObject({ session_id: 'token-1', last_seen: 1 })
})

it('notices a message that was lost on the way and asks for it', async () => {
  const tab = openTab()
  await online(tab)
  mock.say(token(tab), { text: 'one' })
  mock.say(token(tab), { text: 'two' }, true)
  mock.say(token(tab), { text: 'three' })
  await shows(tab, 'one', 'two', 'three')
})

it('brings the history back after a reload', async () => {
  const before = openTab()
  await online(before)
  before.conversation.say('hello')
  await shows(before, 'hello', ANSWER)
  before.conversation.stop()
  await shows(openTab(), 'hello', ANSWER)
})

it('shows in one tab what was said in another', async () => {
  const one = openTab()
  await online(one)
  const other = openTab()
  await online(other)
  one.conversation.say('hello')
  await shows(other, 'hello', ANSWER)
  await shows(one, 'hello', ANSWER)
})

it('drops a token the server does not know, and loses no message over it', async () => {
  const tab = openTab()
  await online(tab)
  tab.conversation.say('hello')
  await shows(tab, 'hello', ANSWER)
  mock.forgetTokens()
  tab.conversation.say('still there?')
  await vi.waitFor(() => { expect(token(tab)).toBe('token-2') })
  await vi.waitFor(() => { expect(tab.store.lines.map((line) => line.text.slice(0, 12)).sort()).toEqual([ANSWER, 'That convers', 'still there?'].sort()) })
  expect(mock.talk('token-2')?.history[0]).toMatchObject({ text: 'still there?' })
})

it('takes a renewed token without losing the conversation', async () => {
  const tab = openTab()
  await online(tab)
  mock.say(token(tab), { text: 'kept' })
  for (const socket of mock.sockets) socket.emit('session_renewed', { session_id: 'token-renewed', expires_at: '' })
  await vi.waitFor(() => { expect(token(tab)).toBe('token-renewed') })
  await shows(tab, 'kept')
})

it('begins anew when the visitor wants to', async () => {
  const tab = openTab()
  await online(tab)
  tab.conversation.say('hello')
  await shows(tab, 'hello', ANSWER)
  expect(tab.conversation.restart()).toBe(true)
  await shows(tab)
  expect(token(tab)).toBe('token-2')
})

it('says why a message was refused, and sends it again on request', async () => {
  const tab = openTab()
  await online(tab)
  tab.conversation.say('too fast')
  await vi.waitFor(() => { expect(tab.store.lines[0]).toMatchObject({ state: 'refused', problem: expect.stringContaining('wait') as string }) })
  tab.conversation.sayAgain((tab.store.lines[0] as { message_id: string }).message_id, 'too fast')
  await vi.waitFor(() => { expect(mock.received).toHaveLength(2) })
  expect(mock.received[0]?.message_id).toBe(mock.received[1]?.message_id)
})

it('keeps what met too many visitors, tells so once, and sends it again by itself', async () => {
  mock.busyFor = 3
  const tab = openTab()
  await online(tab)
  tab.conversation.say('hello')
  tab.conversation.say('thanks')
  await vi.waitFor(() => { expect(mock.received).toHaveLength(5) }, 5_000)
  expect(new Set(mock.received.slice(0, 4).map((asked) => asked.message_id)).size).toBe(1)
  expect(mock.received[4]?.message).toBe('thanks')
  const told = tab.store.lines.filter((line) => line.from === 'notice').map((line) => line.text)
  expect(told).toEqual(['Many visitors are asking.'])
  await vi.waitFor(() => { expect(tab.conversation.outbox.items()).toEqual([]) })
})

it('tells of a failed turn', async () => {
  const tab = openTab()
  await online(tab)
  tab.conversation.say('limit nothing')
  await vi.waitFor(() => { expect(tab.store.lines.at(-1)).toMatchObject({ from: 'notice' }) })
  expect(tab.store.typing).toBe(false)
})

it('shows dots while an answer is on its way', async () => {
  mock.delay = 150
  const tab = openTab()
  await online(tab)
  tab.conversation.say('hello')
  await vi.waitFor(() => { expect(tab.store.typing).toBe(true) })
  await shows(tab, 'hello', ANSWER)
  await vi.waitFor(() => { expect(tab.store.typing).toBe(false) })
})

it('shows no dots while a colleague answers, and knows when the assistant is back', async () => {
  const tab = openTab()
  await online(tab)
  for (const socket of mock.sockets) socket.emit('agent_changed', { agent: 'Dana' })
  await vi.waitFor(() => { expect(tab.store.agent).toBe('Dana') })
  tab.conversation.say('hello')
  expect(tab.store.typing).toBe(false)
  for (const socket of mock.sockets) socket.emit('agent_changed', { agent: null })
  await vi.waitFor(() => { expect(tab.store.agent).toBeNull() })
})

it('knows when the browser is offline', async () => {
  const tab = openTab()
  await online(tab)
  tab.conversation.networkChanged(false)
  expect(tab.store.link).toBe('offline')
})

it('begins anew in every tab when one tab does', async () => {
  const one = openTab()
  await online(one)
  const other = openTab()
  await online(other)
  one.conversation.say('hello')
  await shows(other, 'hello', ANSWER)
  one.conversation.restart()
  await shows(other)
})

it('tells when the server is refusing, once, and goes on trying', async () => {
  mock.refusesSessions = true
  const tab = openTab()
  await vi.waitFor(() => { expect(mock.requests.length).toBeGreaterThan(1) })
  expect(tab.store.lines.map((line) => line.text)).toEqual(['Too many chats from your network.'])
  mock.refusesSessions = false
  await online(tab)
})

it('says so when the server has forgotten the conversation meanwhile', async () => {
  const tab = openTab()
  await online(tab)
  tab.conversation.say('hello')
  await shows(tab, 'hello', ANSWER)
  mock.forgetTokens()
  for (const socket of mock.sockets) socket.conn.close()
  await shows(tab, 'That convers')
})
