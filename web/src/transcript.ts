/** The conversation as a text file. */

import { plainText } from './markdown'
import type { BotLine, Line } from './store'
import type { Custom } from './protocol'
import type { PanelTexts } from './strings'

/** Everything said, with who and when; notices are left out. */
export function transcript(lines: Line[], title: string, texts: PanelTexts, lang: string): string {
  const said = lines.filter((line) => line.from !== 'notice')
  const blocks = said.map((line) => {
    const at = new Date(line.at).toLocaleString(lang, { dateStyle: 'medium', timeStyle: 'short' })
    if (line.from === 'user') return `${texts.you}, ${at}\n${line.text}`
    const who = line.notice ? '' : `${line.author ?? `${title} (${texts.bot})`}, `
    return `${who}${at}\n${botText(line, texts)}`
  })
  return `${[texts.transcriptOf(title), ...blocks].join('\n\n')}\n`
}

/** A bot message in words, cards and tables included. */
export function botText(line: BotLine, texts: PanelTexts): string {
  return [plainText(line.text) || (line.custom ? customText(line.custom, texts) : '')].join('\n')
}

function customText(custom: Custom, texts: PanelTexts): string {
  switch (custom.kind) {
    case 'products':
      return joined(custom.intro, ...custom.items.map((item) => `- ${item.title} (${item.sku}): ${item.price}, ${item.stock}`), custom.note)
    case 'comparison':
      return joined(custom.intro, ...custom.rows.map((row) => `- ${row.label}: ${row.values.map((value, at) => `${custom.columns[at] ?? ''}: ${value}`).join('; ')}`), custom.note)
    case 'link_budget':
      return joined(custom.title, ...custom.parts.map((part) => `- ${part.label}: ${part.loss_db} dB`), budgetSentence(custom, texts), custom.note)
    case 'channel_check':
      return joined(custom.title, ...custom.joints.map((joint) => `- ${joint.text}`), ...custom.order, custom.note)
    case 'contact_form':
      return custom.intro
  }
}

/** The outcome of a link budget in one sentence. */
export function budgetSentence(
  { total_db, limit_db, passes }: { total_db: number; limit_db: number; passes: boolean },
  texts: PanelTexts,
): string {
  const [total, limit, apart] = [total_db, limit_db, Math.abs(limit_db - total_db)].map(decibels) as [string, string, string]
  return passes ? texts.budgetSpare(total, limit, apart) : texts.budgetOver(total, limit, apart)
}

/** 1.9 as "1.9", 0.18000001 as "0.18". */
export function decibels(value: number): string {
  return String(Math.round(value * 100) / 100)
}

const joined = (...parts: string[]) => parts.map(plainText).filter(Boolean).join('\n')
