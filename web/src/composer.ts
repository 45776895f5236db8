/** Where the visitor writes. */

import { html, nothing, type TemplateResult } from 'lit'

import { sendIcon } from './icons'
import type { PanelTexts } from './strings'

export interface ComposerView {
  readonly texts: PanelTexts
  readonly draft: string
  readonly longestMessage: number
  readonly privacy: string
  typed(text: string): void
  send(): void
}

const COUNT_FROM = 0.9 // share of the longest message at which characters are counted down

export function composer(view: ComposerView): TemplateResult {
  const { texts, draft, privacy } = view
  const left = view.longestMessage - draft.length
  const submit = (event: Event) => {
    event.preventDefault()
    view.send()
  }
  const key = (event: KeyboardEvent) => {
    // While an input method composes a word, Enter picks the word.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event)
  }
  return html`<form class="composer" @submit=${submit}>
    <div class="box">
      <textarea id="draft" rows="1" aria-label=${texts.message} placeholder=${texts.placeholder}
        enterkeyhint="send" aria-describedby="count" .value=${draft} @keydown=${key}
        @input=${(event: Event) => { view.typed((event.target as HTMLTextAreaElement).value) }}></textarea>
      <button class="send" aria-label=${texts.send} aria-disabled=${!draft.trim() || left < 0}>${sendIcon}</button>
    </div>
    <p id="count" class=${left < 0 ? 'error' : ''} ?hidden=${draft.length <= view.longestMessage * COUNT_FROM}>
      ${left < 0 ? texts.tooLong(-left) : texts.left(left)}
    </p>
    <p class="consent">
      ${texts.consent}
      ${privacy ? html`<a href=${privacy} target="_blank" rel="noopener">${texts.privacy}<span class="sr"> ${texts.newTab}</span></a>` : nothing}
    </p>
  </form>`
}
