/** The closing rating: asked once, quietly, below the conversation. */

import { html, nothing, type TemplateResult } from 'lit'

import { checkIcon, closeIcon, starIcon } from './icons'
import type { PanelTexts } from './strings'

export interface RatingState {
  status: 'hidden' | 'asking' | 'sent'
  stars: number
  comment: string
}

export interface RatingView {
  readonly texts: PanelTexts
  readonly rating: RatingState
  ratingChanged: (change: Partial<RatingState>) => void
  sendRating(): void
}

const ALL_STARS = [1, 2, 3, 4, 5]

export function ratingCard(view: RatingView): TemplateResult | typeof nothing {
  const { rating, texts } = view
  if (rating.status === 'hidden') return nothing
  if (rating.status === 'sent') {
    return html`<p class="card done rating" role="status">${checkIcon}<span>${texts.rateThanks}</span></p>`
  }
  const submit = (event: Event) => {
    event.preventDefault()
    view.sendRating()
  }
  return html`<form class="card rating" aria-label=${texts.rate} @submit=${submit}>
    <button type="button" class="icon" aria-label=${texts.notNow} @click=${() => { view.ratingChanged({ status: 'hidden' }) }}>${closeIcon}</button>
    <fieldset>
      <legend>${texts.rateAsk}</legend>
      <div class="stars">${ALL_STARS.map((count) => star(count, view))}</div>
    </fieldset>
    ${rating.stars
      ? html`<textarea rows="2" maxlength="500" aria-label=${texts.rateComment} placeholder=${texts.rateComment}
            .value=${rating.comment}
            @input=${(event: Event) => { rating.comment = (event.target as HTMLTextAreaElement).value }}></textarea>
          <button class="primary">${texts.rateSend}</button>`
      : nothing}
  </form>`
}

function star(count: number, { texts, rating, ratingChanged }: RatingView): TemplateResult {
  return html`<label class="star ${count <= rating.stars ? 'on' : ''}">
    <input type="radio" name="stars" id="star-${count}" value=${count} aria-label=${texts.stars(count)} .checked=${count === rating.stars}
      @change=${() => { ratingChanged({ stars: count }) }} />
    ${starIcon}
  </label>`
}
