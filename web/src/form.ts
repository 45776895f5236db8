/** The contact form as it stands in the log. Its rules are in contact-form.ts. */

import { html, nothing, type TemplateResult } from 'lit'

import { aside } from './cards'
import { LONGEST, type FormState } from './contact-form'
import { alertIcon, checkIcon } from './icons'
import type { ContactForm } from './protocol'
import type { BotLine } from './store'
import type { View } from './view'

type TextField = keyof typeof LONGEST

const AUTOCOMPLETE: Record<TextField, string> = {
  name: 'name',
  reach: 'email',
  company: 'organization',
  note: 'off',
}

export function contactForm(line: BotLine, { intro, consent }: ContactForm, view: View): TemplateResult {
  const form = view.formOf(line)
  if (form.status === 'sent') {
    return html`${aside(intro, view)}
      <p class="card done" id="${line.key}-done" tabindex="-1">${checkIcon}<span>${view.texts.formSent}</span></p>`
  }
  const submit = (event: Event) => {
    event.preventDefault()
    view.submit(line)
  }
  return html`${aside(intro, view)}
    <form class="card contact" novalidate aria-label=${view.texts.person} @submit=${submit}>
      ${summary(form)}
      ${textField(line, 'name', view)} ${textField(line, 'reach', view, view.texts.reachHint)}
      ${textField(line, 'company', view)} ${textField(line, 'note', view)}
      ${consentField(line, consent, view)}
      <button class="primary" aria-disabled=${form.status === 'sending'}>
        ${form.status === 'sending' ? view.texts.formSending : view.texts.formSend}
      </button>
    </form>`
}

function summary({ problem }: FormState): TemplateResult {
  return html`<div role="alert">
    ${problem ? html`<p class="problem">${alertIcon}<span>${problem}</span></p>` : nothing}
  </div>`
}

function textField(line: BotLine, field: TextField, view: View, hint = ''): TemplateResult {
  const { form, id, error, described } = parts(line, field, view, hint)
  const isOptional = field === 'company' || field === 'note'
  const input = (event: Event) => {
    form.values[field] = (event.target as HTMLInputElement).value
  }
  return html`<div class="field">
    <label for=${id}
      >${view.texts[field]}${isOptional ? html` <span>${view.texts.optional}</span>` : nothing}</label
    >
    ${field === 'note'
      ? html`<textarea id=${id} name=${field} rows="2" maxlength=${LONGEST[field]}
          aria-describedby=${described} aria-invalid=${Boolean(error)}
          .value=${form.values[field]} @input=${input}></textarea>`
      : html`<input id=${id} name=${field} maxlength=${LONGEST[field]} autocomplete=${AUTOCOMPLETE[field]}
          aria-describedby=${described} aria-invalid=${Boolean(error)} aria-required=${!isOptional}
          .value=${form.values[field]} @input=${input} />`}
    ${hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : nothing}
    ${errorLine(id, error)}
  </div>`
}

function consentField(line: BotLine, consent: string, view: View): TemplateResult {
  const { form, id, error, described } = parts(line, 'consent', view)
  const tick = (event: Event) => {
    form.values.consent = (event.target as HTMLInputElement).checked
  }
  return html`<div class="field">
    <label class="tick" for=${id}>
      <input type="checkbox" id=${id} name="consent" aria-required="true" aria-invalid=${Boolean(error)}
        aria-describedby=${described} .checked=${form.values.consent} @change=${tick} />
      <span>${consent}</span>
    </label>
    ${errorLine(id, error)}
  </div>`
}

function parts(line: BotLine, field: TextField | 'consent', view: View, hint = '') {
  const form = view.formOf(line)
  const id = `${line.key}-${field}`
  const error = form.errors[field]
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || nothing
  return { form, id, error, described }
}

function errorLine(id: string, error: string | undefined): TemplateResult | typeof nothing {
  return error ? html`<p class="error" id="${id}-error">${alertIcon}<span>${error}</span></p>` : nothing
}
