/**
 * What an answer can hold, and what comes after answers: Markdown, cards, forms, the rating,
 * the transcript. Loaded at the first key a visitor presses, so that opening stays light.
 */

import { unsafeCSS, type TemplateResult, type nothing } from 'lit'

import { aside, comparisonTable, linkBudget, productCards } from './cards'
import { channelCheck } from './channel'
import { contactForm } from './form'
import styles from './rich.css?inline'
import type { BotLine } from './store'
import type { View } from './view'

export { Forms } from './forms'
export { ratingCard } from './rating'
export { transcript } from './transcript'

export const richStyles = unsafeCSS(styles).styleSheet

/** One bot message in its best form. Kinds of a newer server show their text. */
export function content(line: BotLine, view: View): TemplateResult | typeof nothing {
  switch (line.custom?.kind) {
    case 'products': return productCards(line, line.custom, view)
    case 'comparison': return comparisonTable(line.custom, view)
    case 'link_budget': return linkBudget(line.custom, view)
    case 'channel_check': return channelCheck(line.custom, view)
    case 'contact_form': return contactForm(line, line.custom, view)
    default: return aside(line.text, view)
  }
}
