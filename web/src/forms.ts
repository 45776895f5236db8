/** The contact forms of the log: what each holds, and sending it. */

import { checkForm, firstError, newForm, serverErrors, type FormState } from './contact-form'
import type { Conversation } from './conversation'
import type { Memory } from './memory'
import { newId } from './outbox'
import type { BotLine } from './store'
import type { PanelTexts } from './strings'

/** What the forms need from the panel they stand in. */
export interface Desk {
  readonly texts: PanelTexts
  readonly conversation: Pick<Conversation, 'submit'>
  readonly memory: Memory
  /** Shows the change; resolves when it is on the page. */
  refresh(): Promise<unknown>
  focus(id: string): void
}

const SENT = 'forms' // numbers of the messages whose forms were sent

export class Forms {
  #states = new Map<string, FormState>()

  constructor(private readonly desk: Desk) {}

  of(line: BotLine): FormState {
    const known = this.#states.get(line.key)
    if (known) return known
    const form = newForm(newId())
    if (this.#sent().includes(line.number)) form.status = 'sent'
    this.#states.set(line.key, form)
    return form
  }

  /** Checks, sends, and leads the eye and the keyboard to what is wrong. */
  async submit(line: BotLine): Promise<void> {
    const form = this.of(line)
    if (form.status !== 'open') return
    form.errors = checkForm(form.values, this.desk.texts)
    const count = Object.keys(form.errors).length
    form.problem = count ? this.desk.texts.formMistakes(count) : ''
    if (!count) await this.#send(line, form)
    await this.desk.refresh()
    const wrong = firstError(form.errors)
    if (wrong) this.desk.focus(`${line.key}-${wrong}`)
    else if (form.problem === '') this.desk.focus(`${line.key}-done`)
  }

  async #send(line: BotLine, form: FormState): Promise<void> {
    const { texts, conversation } = this.desk
    form.status = 'sending'
    await this.desk.refresh()
    const ack = await conversation.submit({ ...form.values }, form.messageId)
    form.status = ack.status === 'ok' ? 'sent' : 'open'
    form.errors = serverErrors(ack.fields)
    if (form.status === 'sent') this.desk.memory.set(SENT, [...this.#sent(), line.number])
    else form.problem = ack.code === 'no_answer' ? texts.formOffline : (ack.text ?? texts.failed)
  }

  #sent(): number[] {
    return this.desk.memory.get<number[]>(SENT, [])
  }
}
