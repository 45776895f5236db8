/** The top of the panel: title, state, a person always in reach, further options. */

import { html, nothing, type TemplateResult } from 'lit'

import {
  closeIcon, downloadIcon, mailIcon, markIcon, menuIcon, personIcon, phoneIcon, restartIcon, starIcon,
} from './icons'
import { safeLink } from './links'
import type { Link, Store } from './store'
import type { PanelTexts } from './strings'

export type Popover = 'person' | 'menu' | 'restart' | ''

export interface HeaderView {
  readonly texts: PanelTexts
  readonly heading: string
  readonly store: Store
  readonly opened: Popover
  toggle(part: Popover): void
  askForPerson(): void
  download(): void
  askRating(): void
  close(): void
}

export function header(view: HeaderView): TemplateResult {
  const { texts, store } = view
  return html`<div class="head">
    <span class="mark">${store.agent ? personIcon : markIcon}</span>
    <div class="titles">
      <h2 id="title" tabindex="-1">${view.heading}</h2>
      <p class="state ${store.link}">
        ${store.agent ? nothing : html`<span class="tag">${texts.bot}</span>`}<span>${stateText(view)}</span>
      </p>
    </div>
    <button class="icon person" data-for="person" aria-label=${texts.person} title=${texts.person}
      aria-expanded=${view.opened === 'person'} @click=${() => { view.toggle('person') }}
    >${personIcon}</button>
    <button class="icon" data-for="menu" aria-label=${texts.menu} title=${texts.menu}
      aria-expanded=${view.opened === 'menu'} @click=${() => { view.toggle('menu') }}
    >${menuIcon}</button>
    <button class="icon" aria-label=${texts.close} title=${texts.close} @click=${() => { view.close() }}
    >${closeIcon}</button>
    ${view.opened === 'person' ? personCard(view) : nothing}
    ${view.opened === 'menu' ? menu(view) : nothing}
  </div>`
}

/** Phone and e-mail as links, where they are known. */
export function contactLinks({ texts, store }: Pick<HeaderView, 'texts' | 'store'>): TemplateResult {
  const { phone, email } = store.contact
  const tel = safeLink(`tel:${phone.replace(/[^\d+]/g, '').replace(/^(?=\d{10}$)/, '+1')}`)
  const mailto = safeLink(`mailto:${email}`)
  return html`
    ${phone && tel ? html`<a class="way" href=${tel} rel="noopener">${phoneIcon}<span><small>${texts.personCall}</small>${phone}</span></a>` : nothing}
    ${email && mailto ? html`<a class="way" href=${mailto} rel="noopener">${mailIcon}<span><small>${texts.personWrite}</small>${email}</span></a>` : nothing}
  `
}

function personCard(view: HeaderView): TemplateResult {
  return html`<div class="pop" role="group" aria-label=${view.texts.person}>
    <h3>${view.texts.person}</h3>
    <p>${view.texts.personIntro}</p>
    ${contactLinks(view)}
    ${view.store.agent
      ? nothing
      : html`<button class="primary" @click=${() => { view.askForPerson() }}>${view.texts.personAsk}</button>`}
  </div>`
}

function menu(view: HeaderView): TemplateResult {
  const item = (icon: TemplateResult, text: string, act: () => void, disabled = false) =>
    html`<button class="item" ?disabled=${disabled} @click=${act}>${icon}<span>${text}</span></button>`
  const isEmpty = !view.store.lines.length
  const isOnline = view.store.link === 'online'
  return html`<div class="pop menu" role="group" aria-label=${view.texts.menu}>
    ${item(downloadIcon, view.texts.download, () => { view.download() }, isEmpty)}
    ${item(starIcon, view.texts.rate, () => { view.askRating() }, isEmpty || !isOnline)}
    ${item(restartIcon, view.texts.restart, () => { view.toggle('restart') }, isEmpty || !isOnline)}
  </div>`
}

function stateText({ texts, store }: HeaderView): string {
  const words: Record<Exclude<Link, 'online'>, string> = {
    idle: texts.connecting,
    connecting: texts.connecting,
    reconnecting: texts.reconnecting,
    offline: texts.offline,
  }
  if (store.link !== 'online') return words[store.link]
  return store.agent ? texts.withPerson(store.agent) : texts.online
}
