/** What the visitor sees of the conversation, as plain data. It knows no network and no page. */

import type { Queued } from './outbox'
import type { BotMessage, ContactWays, UserMessage } from './protocol'

export interface UserLine extends UserMessage {
  key: string
  /**
   * waiting: to be sent. sending: on its way, and answers may come before its acknowledgement.
   * sent: the server has it. refused: it said no, `problem` says why.
   */
  state: 'waiting' | 'sending' | 'sent' | 'refused'
  problem?: string
}

export interface BotLine extends BotMessage {
  key: string
}

export interface NoticeLine {
  from: 'notice'
  key: string
  text: string
  at: string
}

export type Line = UserLine | BotLine | NoticeLine
export type Link = 'idle' | 'connecting' | 'online' | 'reconnecting' | 'offline'

export class Store {
  lines: Line[] = []
  typing = false
  link: Link = 'idle'
  contact: ContactWays = { phone: '', email: '' }
  agent: string | null = null
  longestMessage = 2_000
  /** Number of the newest bot message that the visitor has had before their eyes. */
  seen = 0
  #listeners = new Set<() => void>()
  #keys = 0

  /** Calls back after every change; the result ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  update(changes: Partial<Pick<Store, 'typing' | 'link' | 'contact' | 'agent' | 'longestMessage' | 'seen'>>): void {
    Object.assign(this, changes)
    this.#changed()
  }

  /** Puts in what is new in a history: all of it, or what came after a lost connection. */
  merge(history: (UserMessage | BotMessage)[]): void {
    for (const message of history) {
      if (message.from === 'bot') this.#addBot(message)
      else this.#addUser(message, 'sent')
    }
    this.#changed()
  }

  /** Adds a bot message; false when its number is already there. */
  addBot(message: BotMessage): boolean {
    const isNew = this.#addBot(message)
    if (isNew) this.#changed()
    return isNew
  }

  addUser(message: UserMessage, state: UserLine['state']): void {
    this.#addUser(message, state)
    this.#changed()
  }

  /** Says what has become of a message of the visitor. */
  settle(messageId: string, state: UserLine['state'], problem?: string): void {
    const line = this.#userLine(messageId)
    if (!line) return
    line.state = state
    line.problem = problem
    this.#changed()
  }

  /** Says something to the visitor, once while it is the last thing said. */
  notice(text: string): void {
    if (this.lines.at(-1)?.text === text) return
    this.lines.push({ from: 'notice', key: this.#newKey(), text, at: new Date().toISOString() })
    this.#changed()
  }

  /** True when a history cannot be the rest of what is here: it is another conversation's. */
  contradicts(history: (UserMessage | BotMessage)[], isWhole: boolean): boolean {
    const bots = history.filter((message) => message.from === 'bot')
    if (isWhole && !bots.length) return this.newest !== undefined
    return this.#bots().some((line) =>
      bots.some((bot) => bot.number === line.number && bot.at !== line.at),
    )
  }

  /** Forgets the conversation, save the messages that are still to be sent. */
  clear(unsent: Queued[] = []): void {
    const ids = unsent.map((item) => item.message_id)
    this.lines = this.lines.filter((line) => line.from === 'user' && ids.includes(line.key))
    this.seen = 0
    this.typing = false
    this.#changed()
  }

  /**
   * The last number up to which nothing is missing, so that a gap is asked for again.
   * Undefined before the first bot message.
   */
  get lastSeen(): number | undefined {
    const numbers = this.#bots().map((line) => line.number)
    const gap = numbers.findIndex((number, at) => at > 0 && number !== (numbers[at - 1] ?? 0) + 1)
    return gap < 0 ? numbers.at(-1) : numbers[gap - 1]
  }

  get hasGap(): boolean {
    return this.lastSeen !== this.newest
  }

  get newest(): number | undefined {
    return this.#bots().at(-1)?.number
  }

  /** True once anything was exchanged with the server. */
  get hasConversation(): boolean {
    return this.lines.some((line) => line.from === 'bot' || (line.from === 'user' && line.state === 'sent'))
  }

  get unread(): number {
    return this.#bots().filter((line) => line.number > this.seen).length
  }

  /** True while the buttons of a bot message still await an answer. */
  isOpen(line: BotLine): boolean {
    return !this.lines.slice(this.lines.indexOf(line)).some((later) => later.from === 'user')
  }

  /** The visitor's answer to a bot message, to mark the button that was used. */
  answerTo(line: BotLine): string | undefined {
    const later = this.lines.slice(this.lines.indexOf(line)).find((one) => one.from === 'user')
    return later?.text
  }

  /** What to show for a sent payload: the title of its button. Other text is shown as it is. */
  titleOf(text: string): string {
    if (!text.startsWith('/')) return text
    const replies = this.#bots().flatMap((line) => line.quick_replies ?? [])
    const found = replies.find((reply) => reply.payload === text)
    return found?.title ?? text.replace(/^\/|\{.*$/g, '').replaceAll('_', ' ')
  }

  #addBot(message: BotMessage): boolean {
    if (this.#bots().some((line) => line.number === message.number)) return false
    const line: BotLine = { ...message, key: `bot-${message.number}` }
    const later = this.lines.findIndex(
      (one) => (one.from === 'bot' && one.number > message.number) || this.#isUnsent(one),
    )
    this.lines.splice(later < 0 ? this.lines.length : later, 0, line)
    return true
  }

  #addUser(message: UserMessage, state: UserLine['state']): void {
    const known = this.#userLine(message.message_id) ?? this.#anonymousTwin(message)
    if (known) {
      if (state === 'sent') Object.assign(known, { state, at: message.at, problem: undefined })
      return
    }
    const text = this.titleOf(message.text)
    const line: UserLine = { ...message, text, state, key: message.message_id ?? this.#newKey() }
    const unsent = state === 'sent' ? this.lines.findIndex((one) => this.#isUnsent(one)) : -1
    this.lines.splice(unsent < 0 ? this.lines.length : unsent, 0, line)
  }

  /** The same message of a client that gives no ids, already here. */
  #anonymousTwin(message: UserMessage): UserLine | undefined {
    if (message.message_id) return undefined
    return this.lines.find(
      (line): line is UserLine => line.from === 'user' && !line.message_id && line.at === message.at,
    )
  }

  #userLine(messageId: string | null): UserLine | undefined {
    if (!messageId) return undefined
    return this.lines.find(
      (line): line is UserLine => line.from === 'user' && line.message_id === messageId,
    )
  }

  #isUnsent(line: Line): boolean {
    return line.from === 'user' && line.state === 'waiting'
  }

  #bots(): BotLine[] {
    return this.lines.filter((line) => line.from === 'bot')
  }

  #newKey(): string {
    return `local-${++this.#keys}`
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
