/** What the templates of the log need from the panel: words, data, and what a visitor can do. */

import type { TemplateResult, nothing } from 'lit'

import type { FormState } from './contact-form'
import type { Thumb } from './protocol'
import type { BotLine, Store } from './store'
import type { PanelTexts } from './strings'

export interface View {
  readonly texts: PanelTexts
  readonly locale: string
  readonly heading: string
  readonly store: Store
  /** Keys of messages whose further products are shown. */
  readonly unfolded: ReadonlySet<string>
  /** Draws what a bot message holds: plainly until the richer code is there. */
  content(line: BotLine): TemplateResult | typeof nothing
  say(text: string, payload?: string): void
  sayAgain(messageId: string, text: string): void
  thumbOf(line: BotLine): Thumb | undefined
  rateAnswer(line: BotLine, value: Thumb): void
  unfold(line: BotLine): void
  formOf(line: BotLine): FormState
  submit(line: BotLine): void
}
