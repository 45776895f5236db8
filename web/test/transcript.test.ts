// @vitest-environment happy-dom
import { expect, it } from 'vitest'

import type { Line } from '../src/store'
import { panelTexts, textsFor } from '../src/strings'
import { budgetSentence, transcript } from '../src/transcript'
import { replies } from './mock-replies'

const texts = textsFor(panelTexts, 'en')
const AT = '2026-11-22T13:00:00Z'

it('says who said what, cards and tables included', () => {
  const lines: Line[] = [
    { from: 'user', key: 'a', text: 'What is the difference?', at: AT, message_id: 'a', state: 'sent' },
    { from: 'bot', key: 'bot-1', number: 1, at: AT, text: '', custom: replies('difference')[0]?.custom },
    { from: 'notice', key: 'n', text: 'not part of it', at: AT },
    { from: 'bot', key: 'bot-2', number: 2, at: AT, text: 'I can **help**.', author: 'Dana' },
    { from: 'bot', key: 'bot-3', number: 3, at: AT, text: 'Dana left the chat.', notice: true },
  ]
  const text = transcript(lines, 'Fiber assistant', texts, 'en')
  expect(text).toContain('You, Nov 22, 2026')
  expect(text).toContain('Fiber assistant (Bot), ')
  expect(text).toContain('- Insertion loss: MTP: Low; MPO: Moderate')
  expect(text).toContain('Dana, ')
  expect(text).toContain('I can help.')
  expect(text).toMatch(/\n\nNov 22, 2026.*\nDana left the chat\./)
  expect(text).not.toContain('not part of it')
})

it('puts a link budget into one sentence', () => {
  expect(budgetSentence({ total_db: 1.35, limit_db: 1.9, passes: true }, texts)).toBe('1.35 dB of 1.9 dB used, 0.55 dB to spare.')
  expect(budgetSentence({ total_db: 2.05, limit_db: 1.9, passes: false }, texts)).toContain('0.15 dB too much')
})
