/** What the mock answers: one example of everything the protocol can carry. */

import type { BotMessage, Custom } from '../src/protocol'
import payloads from './payloads.json'

export type Reply = Omit<BotMessage, 'from' | 'number' | 'at'>

const quick = (...titles: string[]) =>
  titles.map((title) => ({ title, payload: `/pick{"title":"${title}"}`, content_type: 'text' as const }))

const trunk = (length: string, price: string, stock: number) => ({
  sku: `INX-TRK-M4-T12M12MP-PB-LP-${length.padStart(3, '0')}M`,
  title: `MTP Elite 12-fiber OM4 trunk cable, pinned to pinned, Type B, plenum, ${length} m`,
  brand: 'MTP', price, stock: stock ? `${stock} in stock` : 'Ships in 2 weeks', in_stock: stock > 0,
  facts: [
    { label: 'Fiber', value: 'OM4' }, { label: 'Polarity', value: 'Type B' },
    { label: 'Max loss', value: '0.35 dB' }, { label: 'Jacket', value: 'Plenum (OFNP)' },
  ],
})

const products: Custom = {
  kind: 'products', intro: 'These fit a **400G** link over OM4 with field repair:',
  note: 'Sample prices of 2 November 2026. For a quote: (408) 796-7735 or sales@infinitenetworksinc.com.',
  items: [trunk('10', '$125.00', 215), trunk('15', '$144.00', 148), trunk('30', '$201.00', 0), trunk('50', '$277.00', 12), trunk('100', 'price on request', 3)],
}

const comparison: Custom = {
  kind: 'comparison', intro: 'MTP is US Conec’s brand of MPO. Side by side:', note: 'Source: “MTP vs MPO Fiber Connectors”, June 2025.',
  columns: ['MTP', 'MPO'],
  rows: [
    { label: 'Manufacturer', values: ['US Conec', 'Various'] },
    { label: 'Ferrule tolerance', values: ['Precision-molded', 'Standard'], better: 0 },
    { label: 'Insertion loss', values: ['Low', 'Moderate'], better: 0 },
    { label: 'Return loss', values: ['Better (higher dB)', 'Worse'], better: 0 },
    { label: 'Re-polishing', values: ['Yes', 'No'], better: 0 },
    { label: 'Cost', values: ['Higher', 'Lower'], better: 1 },
  ],
}

const budget = (connections: number): Custom => {
  const parts = [
    { label: 'Fiber: 100 m OM4 at 3 dB/km', loss_db: 0.3 },
    ...Array.from({ length: connections }, (_, at) => ({ label: `Connection ${at + 1}: MTP low loss`, loss_db: 0.35 })),
  ]
  const total_db = parts.reduce((sum, part) => sum + part.loss_db, 0)
  return { kind: 'link_budget', title: '100GBASE-SR4 over OM4', limit_db: 1.9, total_db, passes: total_db <= 1.9, parts, note: 'Limit: IEEE 802.3, channel insertion loss for 100GBASE-SR4.' }
}

const form: Custom = {
  kind: 'contact_form', intro: 'Gladly. How can a person reach you?',
  consent: 'You may use these details to contact me about this request.',
}

/** Computed advice as the server makes it; tests/payload_examples.py writes the file. */
export const computed = (name: keyof typeof payloads): Reply => ({ text: payloads[name].title, custom: payloads[name] as Custom })

/** The replies to a message, by the words in it. */
export function replies(message: string): Reply[] {
  const text = message.toLowerCase()
  if (text.includes('product') || text.includes('pick')) return [{ text: 'Products', custom: products }]
  if (text.includes('difference')) {
    return [{ text: 'MTP or MPO', custom: comparison }, { text: 'Shall I recommend one for your network?', quick_replies: quick('Yes, please', 'What does MTP cost?', 'Talk to a person') }]
  }
  if (text.includes('budget')) return [{ text: 'Budget', custom: budget(text.includes('over') ? 5 : 3) }]
  if (text.includes('channel')) return [computed(text.includes('fails') ? 'fails' : 'works')]
  if (text.includes('person')) return [{ text: 'Form', custom: form }]
  if (text.includes('choose')) return [{ text: 'What data rate should the link carry, today or in two years?', quick_replies: quick('40G', '100G', '400G', '800G', 'I don’t know') }]
  if (text.includes('hostile')) return [{ text: '<script>alert(1)</script> <img src=x onerror=alert(1)> [click](javascript:alert(1)) ![x](https://x.example/x.png)' }]
  if (text.includes('long')) return [{ text: Array.from({ length: 14 }, (_, at) => `Paragraph ${at + 1} of a long answer about polarity and its methods, with enough words to wrap.`).join('\n\n') }]
  if (text.includes('nothing')) return []
  return [{ text: 'Return loss says how little light comes back. **Higher dB is better**:\n- MTP with APC: at least *60 dB*\n- MPO with UPC: at least *20 dB*\n\nRead more in [IEC 61754-7](https://example.com/iec), or write to sales@infinitenetworksinc.com.' }]
}
