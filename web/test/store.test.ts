import { beforeEach, expect, it } from 'vitest'

import type { BotMessage, UserMessage } from '../src/protocol'
import { Store, type BotLine } from '../src/store'

const AT = '2026-11-22T13:00:00Z'
const bot = (number: number, more: Partial<BotMessage> = {}): BotMessage => ({ from: 'bot', number, at: AT, text: `answer ${number}`, ...more })
const user = (message_id: string | null, text = 'hello'): UserMessage => ({ from: 'user', text, at: AT, message_id })

let store: Store
beforeEach(() => { store = new Store() })

const texts = () => store.lines.map((line) => line.text)

it('shows a bot message once, however often it comes', () => {
  expect(store.addBot(bot(1))).toBe(true)
  expect(store.addBot(bot(1))).toBe(false)
  store.merge([bot(1), bot(2)])
  expect(texts()).toEqual(['answer 1', 'answer 2'])
})

it('shows a message of the visitor once: own, echoed and from the history', () => {
  store.addUser(user('a'), 'waiting')
  store.addUser(user('a'), 'sent')
  store.merge([user('a')])
  expect(store.lines).toHaveLength(1)
  expect(store.lines[0]).toMatchObject({ state: 'sent' })
})

it('shows messages of a client without ids once', () => {
  store.merge([user(null)])
  store.merge([user(null)])
  expect(store.lines).toHaveLength(1)
})

it('keeps bot messages in the order of their numbers', () => {
  store.addBot(bot(1))
  store.addBot(bot(3))
  store.addBot(bot(2))
  expect(texts()).toEqual(['answer 1', 'answer 2', 'answer 3'])
})

it('keeps unsent messages below what the server already has', () => {
  store.addUser(user('a', 'unsent'), 'waiting')
  store.merge([user('b', 'earlier'), bot(1)])
  expect(texts()).toEqual(['earlier', 'answer 1', 'unsent'])
})

it('names the last number before a gap, so that what is missing is asked for', () => {
  expect(store.lastSeen).toBeUndefined()
  store.merge([bot(4), bot(5), bot(7)])
  expect(store.lastSeen).toBe(5)
  expect(store.hasGap).toBe(true)
  store.addBot(bot(6))
  expect(store.lastSeen).toBe(7)
  expect(store.hasGap).toBe(false)
})

it('counts what the visitor has not seen', () => {
  store.merge([bot(1), bot(2), bot(3)])
  store.seen = 1
  expect(store.unread).toBe(2)
})

it('closes quick replies once the visitor has answered', () => {
  const replies = [{ title: '400G', payload: '/inform{"data_rate":400}', content_type: 'text' as const }]
  store.addBot(bot(1, { quick_replies: replies }))
  const line = store.lines[0] as BotLine
  expect(store.isOpen(line)).toBe(true)
  store.addUser(user('a', '400G'), 'waiting')
  expect(store.isOpen(line)).toBe(false)
  expect(store.answerTo(line)).toBe('400G')
})

it('shows the title of a button, never its payload', () => {
  const replies = [{ title: '400G', payload: '/inform{"data_rate":400}', content_type: 'text' as const }]
  store.merge([bot(1, { quick_replies: replies }), user('a', '/inform{"data_rate":400}'), user('b', '/talk_to_person')])
  expect(texts().slice(1)).toEqual(['400G', 'talk to person'])
})

it('recognises the history of another conversation', () => {
  store.merge([bot(1)])
  expect(store.contradicts([bot(1), bot(2)], true)).toBe(false)
  expect(store.contradicts([bot(1, { at: '2026-11-23T09:00:00Z' })], true)).toBe(true)
  expect(store.contradicts([], true)).toBe(true)
  expect(store.contradicts([], false)).toBe(false)
})

it('forgets a conversation save what is still to be sent', () => {
  store.merge([bot(1), user('a')])
  store.addUser(user('b', 'unsent'), 'waiting')
  store.clear([{ message_id: 'b', message: 'unsent', text: 'unsent', at: AT }])
  expect(texts()).toEqual(['unsent'])
})
