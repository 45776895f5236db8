/** The richer forms of an answer: product cards, comparison tables, link budgets. */

import { html, nothing, type TemplateResult } from 'lit'

import { checkIcon } from './icons'
import { renderMarkdown } from './markdown'
import type { Comparison, LinkBudget, Product, Products } from './protocol'
import { richTexts } from './rich-strings'
import type { BotLine } from './store'
import { textsFor } from './strings'
import { budgetSentence, decibels } from './transcript'
import type { View } from './view'

const SHOWN_AT_FIRST = 3
const SHADES = 6 // of the bar's parts, see panel.css

export function productCards(line: BotLine, { intro, items, note }: Products, view: View): TemplateResult {
  const all = view.unfolded.has(line.key) || items.length <= SHOWN_AT_FIRST + 1
  const shown = all ? items : items.slice(0, SHOWN_AT_FIRST)
  return html`
    ${aside(intro, view)}
    <ul class="cards">
      ${shown.map((item) => html`<li class="card product">${productCard(item, view)}</li>`)}
    </ul>
    ${all
      ? nothing
      : html`<button class="quiet" @click=${() => { view.unfold(line) }}>
          ${view.texts.showMore(items.length - shown.length)}
        </button>`}
    ${aside(note, view, 'note')}
  `
}

function productCard(item: Product, view: View): TemplateResult {
  const { texts } = view
  return html`
    <div class="row">
      <span class="tag">${item.brand}</span>
      <span class=${item.in_stock ? 'stock in' : 'stock'}
        ><span class="sr">${item.in_stock ? texts.inStock : texts.notInStock}: </span>${item.stock}</span
      >
    </div>
    <h3 dir="auto">${item.title}</h3>
    <p class="sku">${item.sku}</p>
    ${item.facts.length
      ? html`<dl class="facts">
          ${item.facts.map((fact) => html`<div><dt>${fact.label}</dt><dd>${fact.value}</dd></div>`)}
        </dl>`
      : nothing}
    <div class="row foot">
      <strong class="price">${item.price}</strong>
      <button
        class="soft"
        aria-label="${texts.quote}: ${item.sku}"
        @click=${() => { view.say(`I would like a quote for ${item.sku}`) }}
      >${texts.quote}</button>
    </div>
  `
}

export function comparisonTable({ intro, columns, rows, note }: Comparison, view: View): TemplateResult {
  return html`
    ${aside(intro, view)}
    <div class="card table" role="region" tabindex="0" aria-label=${columns.join(' / ')}>
      <table>
        <thead>
          <tr><td></td>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr>
        </thead>
        <tbody>
          ${rows.map((row) => html`<tr>
            <th scope="row">${row.label}</th>
            ${row.values.map((value, at) => at === row.better
              ? html`<td class="better">${checkIcon}${value}<span class="sr"> (${view.texts.better})</span></td>`
              : html`<td>${value}</td>`)}
          </tr>`)}
        </tbody>
      </table>
    </div>
    ${aside(note, view, 'note')}
  `
}

export function linkBudget(budget: LinkBudget, view: View): TemplateResult {
  const { title, limit_db, total_db, typical_db, passes, parts, note } = budget
  const texts = textsFor(richTexts, view.locale)
  const scale = Math.max(limit_db, total_db) * 1.06 || 1
  const share = (db: number) => `${((db / scale) * 100).toFixed(2)}%`
  const bar = (name: string, losses: number[]) => html`<p>${name}</p>
    <div class="bar">
      ${losses.map((loss, at) => html`<i class="shade-${at % SHADES}" .style=${`inline-size:${share(loss)}`}></i>`)}
      <b .style=${`inset-inline-start:${share(limit_db)}`}></b>
    </div>`
  // Styles are set as properties: a page's Content-Security-Policy may forbid style attributes.
  return html`
    <div class="card budget">
      <div class="row">
        <h3>${title}</h3>
        <span class=${passes ? 'verdict good' : 'verdict bad'}
          >${passes ? view.texts.budgetPasses : view.texts.budgetFails}</span
        >
      </div>
      <div class="bars" aria-hidden="true">
        ${bar(texts.worstCase, parts.map((part) => part.loss_db))}
        ${typical_db == null ? nothing : bar(`${texts.typical}: ${decibels(typical_db)} dB`, parts.map((part) => part.typical_db ?? 0))}
      </div>
      <p class="limit" aria-hidden="true" .style=${`inline-size:${share(limit_db)}`}>${view.texts.budgetLimit(decibels(limit_db))}</p>
      <ul class="parts">
        ${parts.map((part, at) => html`<li><i class="shade-${at % SHADES}"></i><span>${part.label}</span><span dir="ltr">${decibels(part.loss_db)} dB</span></li>`)}
      </ul>
      <p class="sum">${budgetSentence(budget, view.texts)}</p>
    </div>
    ${aside(note, view, 'note')}
  `
}

/** Text above or below a card. */
export function aside(text: string, view: View, kind = 'bubble'): TemplateResult | typeof nothing {
  return text ? html`<div class="${kind} md" dir="auto">${renderMarkdown(text, view.texts)}</div>` : nothing
}
