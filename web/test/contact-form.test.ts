import { beforeEach, describe, expect, it } from 'vitest'

import { checkForm, firstError, newForm, serverErrors } from '../src/contact-form'
import { Forms, type Desk } from '../src/forms'
import { openMemory } from '../src/memory'
import type { Ack, ContactValues } from '../src/protocol'
import { panelTexts, textsFor } from '../src/strings'
import type { BotLine } from '../src/store'
import { FakeStorage } from './fakes'

const texts = textsFor(panelTexts, 'en')
const GOOD: ContactValues = { name: 'Ana Li', reach: 'ana@example.com', company: '', note: '', consent: true }
const LINE: BotLine = { from: 'bot', key: 'bot-3', number: 3, at: '', text: '' }

describe('what is checked before sending', () => {
  it('is happy without company and note', () => {
    expect(checkForm(GOOD, texts)).toEqual({})
  })

  it.each(['ana@example.com', 'a.b+c@mail.example.co', '(408) 796-7735', '+44 20 7946 0018'])('takes %s', (reach) => {
    expect(checkForm({ ...GOOD, reach }, texts).reach).toBeUndefined()
  })

  it.each(['', 'ana@', 'ana@example', 'ana @example.com', 'call me', '555'])('does not take "%s"', (reach) => {
    expect(checkForm({ ...GOOD, reach }, texts).reach).toBeTruthy()
  })

  it('wants a name, a way to answer and consent, and names the first of them', () => {
    const errors = checkForm(newForm('x').values, texts)
    expect(Object.keys(errors)).toEqual(['name', 'reach', 'consent'])
    expect(firstError(errors)).toBe('name')
  })

  it('takes no field errors that the form has no field for', () => {
    expect(serverErrors({ reach: 'Did you mean gmail.com?', session_id: 'x' })).toEqual({ reach: 'Did you mean gmail.com?' })
  })
})

/** A panel that remembers: answers with the given acknowledgements, one after the other. */
class FakeDesk implements Desk {
  texts = texts
  memory = openMemory('https://shop.example/', () => this.storage)
  focused: string[] = []
  sent: { values: ContactValues; messageId: string }[] = []
  conversation = {
    submit: (values: ContactValues, messageId: string): Promise<Ack> => {
      this.sent.push({ values, messageId })
      return Promise.resolve(this.acks.shift() ?? { status: 'ok' })
    },
  }
  readonly storage = new FakeStorage()
  acks: Ack[] = []

  refresh(): Promise<unknown> {
    return Promise.resolve()
  }

  focus(id: string): void {
    this.focused.push(id)
  }
}

describe('sending the form', () => {
  let desk: FakeDesk
  let forms: Forms
  beforeEach(() => {
    desk = new FakeDesk()
    forms = new Forms(desk)
  })

  it('sends nothing while something is wrong, and goes to the first error', async () => {
    await forms.submit(LINE)
    expect(desk.sent).toEqual([])
    expect(desk.focused).toEqual(['bot-3-name'])
    expect(forms.of(LINE).problem).toContain('3')
  })

  it('shows what the server found, with the entries kept', async () => {
    desk.acks = [{ status: 'refused', code: 'invalid', fields: { reach: 'Did you mean gmail.com?' } }]
    forms.of(LINE).values = { ...GOOD, reach: 'ana@gmial.com' }
    await forms.submit(LINE)
    expect(forms.of(LINE)).toMatchObject({ status: 'open', errors: { reach: 'Did you mean gmail.com?' }, values: { reach: 'ana@gmial.com' } })
    expect(desk.focused).toEqual(['bot-3-reach'])
  })

  it('sends again under the same id after a lost connection', async () => {
    desk.acks = [{ status: 'refused', code: 'no_answer' }]
    forms.of(LINE).values = GOOD
    await forms.submit(LINE)
    expect(forms.of(LINE).problem).toBe(texts.formOffline)
    await forms.submit(LINE)
    expect(desk.sent[0]?.messageId).toBe(desk.sent[1]?.messageId)
    expect(forms.of(LINE).status).toBe('sent')
  })

  it('is sent once, also after a reload', async () => {
    forms.of(LINE).values = GOOD
    await forms.submit(LINE)
    await forms.submit(LINE)
    expect(desk.sent).toHaveLength(1)
    expect(new Forms(desk).of(LINE).status).toBe('sent')
  })
})
