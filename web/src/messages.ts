/** The log: who said what and when, with everything a line can carry. */

import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'

import { alertIcon, downThumbIcon, markIcon, personIcon, upThumbIcon } from './icons'
import type { Thumb } from './protocol'
import type { BotLine, Line, UserLine } from './store'
import type { View } from './view'

export function messageList(view: View): TemplateResult {
  const { lines } = view.store
  return html`${repeat(
    lines,
    (line) => line.key,
    (line, at) => html`${dayBreak(line, lines[at - 1], view)}${oneLine(line, at, view)}`,
  )}`
}

/** The greeting the embedding page chose; it is the widget's own and not in the record. */
export function greeting(text: string, view: View): TemplateResult {
  const isFirst = !view.store.lines.some((line) => line.from === 'user')
  return html`<div class="line bot first">
    ${speaker(view.heading, view)}
    <div class="bubble" dir="auto">${text}</div>
    ${isFirst
      ? html`<div class="replies">
          ${view.texts.starters.map((starter) => html`<button class="reply" @click=${() => { view.say(starter.message) }}>${starter.title}</button>`)}
        </div>`
      : nothing}
  </div>`
}

function oneLine(line: Line, at: number, view: View): TemplateResult {
  if (line.from === 'notice') return html`<p class="notice">${alertIcon}<span>${line.text}</span></p>`
  return line.from === 'user' ? userLine(line, at, view) : botLine(line, at, view)
}

function userLine(line: UserLine, at: number, view: View): TemplateResult {
  return html`<div class="line user ${startsGroup(at, view) ? 'first' : ''} ${line.state}">
    <span class="sr">${view.texts.you}: </span>
    <div class="bubble" dir="auto">${line.text}</div>
    ${userMeta(line, at, view)}
  </div>`
}

function userMeta(line: UserLine, at: number, view: View): TemplateResult | typeof nothing {
  if (line.state === 'refused') {
    return html`<p class="meta problem">
      ${alertIcon}<span>${line.problem ?? view.texts.failed}</span>
      <button class="link" @click=${() => { view.sayAgain(line.message_id ?? '', line.text) }}>${view.texts.retry}</button>
    </p>`
  }
  if (line.state !== 'sent') {
    const isOnItsWay = line.state === 'sending' || view.store.link === 'online'
    return html`<p class="meta pending">${isOnItsWay ? view.texts.sending : view.texts.waiting}</p>`
  }
  return endsGroup(at, view) ? html`<p class="meta">${time(line.at, view)}</p>` : nothing
}

function botLine(line: BotLine, at: number, view: View): TemplateResult {
  if (line.notice) return html`<p class="came" dir="auto">${line.text}</p>`
  return html`<div class="line bot ${startsGroup(at, view) ? 'first' : ''}">
    ${startsGroup(at, view) ? speaker(line.author ?? view.heading, view, line.author) : nothing}
    ${view.content(line)} ${quickReplies(line, view)}
    ${endsGroup(at, view)
      ? html`<div class="meta">${time(line.at, view)}${line.author ? nothing : thumbs(line, view)}</div>`
      : nothing}
  </div>`
}

/** Buttons stay visible once answered, so that the conversation can be read later. */
function quickReplies(line: BotLine, view: View): TemplateResult | typeof nothing {
  if (!line.quick_replies?.length) return nothing
  const isOpen = view.store.isOpen(line)
  const answer = view.store.answerTo(line)
  return html`<div class="replies">
    ${line.quick_replies.map(({ title, payload }) => html`<button
      class="reply ${title === answer ? 'used' : ''}"
      ?disabled=${!isOpen}
      @click=${() => { view.say(title, payload) }}
    >${title}</button>`)}
  </div>`
}

function thumbs(line: BotLine, view: View): TemplateResult {
  const given = view.thumbOf(line)
  const thumb = (value: Thumb, name: string, icon: TemplateResult) => html`<button
    class="thumb" aria-label=${name} title=${name} aria-pressed=${given === value}
    @click=${() => { view.rateAnswer(line, value) }}
  >${icon}</button>`
  return html`<span class="thumbs">
    ${thumb('up', view.texts.goodAnswer, upThumbIcon)}${thumb('down', view.texts.badAnswer, downThumbIcon)}
    ${given ? html`<span class="thanks">${view.texts.thanksForThumb}</span>` : nothing}
  </span>`
}

function speaker(name: string, view: View, person = ''): TemplateResult {
  return html`<p class="who">
    <span class="face ${person ? 'human' : ''}">${person ? personIcon : markIcon}</span>${name}${person
      ? nothing
      : html`<span class="tag">${view.texts.bot}</span>`}<span class="sr">: </span>
  </p>`
}

function time(at: string, view: View): TemplateResult {
  const shown = new Date(at).toLocaleTimeString(view.locale, { hour: 'numeric', minute: '2-digit' })
  return html`<time datetime=${at}>${shown}</time>`
}

function dayBreak(line: Line, before: Line | undefined, view: View): TemplateResult | typeof nothing {
  const day = (at: string) => new Date(at).toLocaleDateString(view.locale, { weekday: 'long', day: 'numeric', month: 'long' })
  const today = day(line.at)
  const earlier = before ? day(before.at) : day(new Date().toISOString())
  return today === earlier ? nothing : html`<p class="day">${today}</p>`
}

function speakerOf(line: Line | undefined): string | undefined {
  if (line?.from !== 'bot') return line?.from
  return line.notice ? 'notice' : `bot ${line.author ?? ''}`
}

function startsGroup(at: number, { store }: View): boolean {
  return speakerOf(store.lines[at - 1]) !== speakerOf(store.lines[at])
}

function endsGroup(at: number, { store }: View): boolean {
  return speakerOf(store.lines[at + 1]) !== speakerOf(store.lines[at])
}
