/** The contact form's rules: what is checked before anything is sent. The server checks again. */

import type { ContactValues } from './protocol'
import type { PanelTexts } from './strings'

export type Field = keyof ContactValues
export type Errors = Partial<Record<Field, string>>

export const FIELDS: readonly Field[] = ['name', 'reach', 'company', 'note', 'consent']
export const LONGEST: Record<'name' | 'reach' | 'company' | 'note', number> = {
  name: 120,
  reach: 320,
  company: 160,
  note: 1_500,
}
const FEWEST_PHONE_DIGITS = 7

/** What one contact form in the log holds at the moment. */
export interface FormState {
  values: ContactValues
  errors: Errors
  status: 'open' | 'sending' | 'sent'
  /** About the form as a whole: no connection, or the server's own words. */
  problem: string
  messageId: string
}

export function newForm(messageId: string): FormState {
  const values = { name: '', reach: '', company: '', note: '', consent: false }
  return { values, errors: {}, status: 'open', problem: '', messageId }
}

/** What is wrong, per field, in the visitor's language; empty when all is well. */
export function checkForm(values: ContactValues, texts: PanelTexts): Errors {
  const errors: Errors = {}
  if (!values.name.trim()) errors.name = texts.nameMissing
  const reach = reachMistake(values.reach.trim(), texts)
  if (reach) errors.reach = reach
  if (!values.consent) errors.consent = texts.consentMissing
  for (const field of ['name', 'reach', 'company', 'note'] as const) {
    if (values[field].length > LONGEST[field]) errors[field] = texts.tooLongField
  }
  return errors
}

/** The first field with an error, in the order they stand in the form. */
export function firstError(errors: Errors): Field | undefined {
  return FIELDS.find((field) => errors[field])
}

/** The server's field errors, limited to fields that the form has. */
export function serverErrors(fields: Record<string, string> = {}): Errors {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => FIELDS.includes(name as Field)))
}

function reachMistake(reach: string, texts: PanelTexts): string {
  if (!reach) return texts.reachMissing
  if (reach.includes('@')) return /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(reach) ? '' : texts.reachWrong
  const digits = reach.replace(/\D/g, '').length
  if (digits === 0) return texts.reachAt
  return digits < FEWEST_PHONE_DIGITS ? texts.reachDigits : ''
}
