/** What the widget and the website channel say to each other: docs/protocol.md, in types. */

export const PROTOCOL = 1

export interface Session {
  session_id: string
  expires_at: string
  protocol: 1
  history: (UserMessage | BotMessage)[]
  contact: ContactWays
  agent: string | null
  /** false: the server began a new conversation although a token was sent. */
  resumed?: boolean
  /** Longest message in characters, when the server says. */
  longest_message?: number
}

export interface ContactWays {
  phone: string
  email: string
}

export interface UserMessage {
  from: 'user'
  text: string
  at: string
  message_id: string | null
}

export interface BotMessage {
  from: 'bot'
  number: number
  at: string
  text: string
  quick_replies?: QuickReply[]
  custom?: Custom
  author?: string
  /** Who came or went: a line that nobody says. */
  notice?: true
  /** What this visitor thought of it, when the server keeps it in the history. */
  feedback?: Thumb
}

export interface QuickReply {
  title: string
  payload: string
  content_type: 'text'
}

export type Thumb = 'up' | 'down'

export interface Ack {
  status: 'ok' | 'refused'
  code?: string
  text?: string
  fields?: Record<string, string>
  /** Seconds after which a message that met too many others may be sent again. */
  retry_after?: number
  duplicate?: true
}

export interface Notice {
  code: string
  text: string
}

export type Custom = Products | Comparison | LinkBudget | ChannelCheck | ContactForm

export interface Product {
  sku: string
  title: string
  brand: string
  price: string
  stock: string
  in_stock: boolean
  facts: { label: string; value: string }[]
}

export interface Products {
  kind: 'products'
  intro: string
  note: string
  items: Product[]
}

export interface Comparison {
  kind: 'comparison'
  intro: string
  note: string
  columns: string[]
  rows: { label: string; values: string[]; better?: number }[]
}

export interface LinkBudget {
  kind: 'link_budget'
  title: string
  limit_db: number
  total_db: number
  passes: boolean
  parts: { label: string; loss_db: number; typical_db?: number | null }[]
  note: string
  /** What to expect; missing where a part has no typical figure. */
  typical_db?: number | null
}

export interface ChannelCheck {
  kind: 'channel_check'
  title: string
  verdict: 'passes' | 'fails' | 'unknown'
  ends: { name: string; places: string[] }[]
  joints: ChannelJoint[]
  cables: { name: string; wiring: string }[]
  fibers: ChannelFiber[]
  order: string[]
  note: string
}

export interface ChannelJoint {
  text: string
  fails: boolean
  result: 'fits' | 'fails' | '?'
  key: '' | '?' | 'aligned' | 'opposed'
  faces: [ChannelFace, ChannelFace]
}

export interface ChannelFace {
  connector: string
  pins: string
  rows: number
}

export interface ChannelFiber {
  role: '' | 'Tx' | 'Rx'
  wrong: boolean
  rows: number[]
}

export interface ContactForm {
  kind: 'contact_form'
  intro: string
  consent: string
}

export interface ContactValues {
  name: string
  reach: string
  company: string
  note: string
  consent: boolean
}
