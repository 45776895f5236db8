/**
 * Keeps the store and the server in step: connects, identifies, queues, sends again, renews.
 *
 * A message stays in the outbox until the server acknowledges it, and is always sent with the
 * same id: sending twice is safe, losing one is not.
 */

import { io, type Socket } from 'socket.io-client'

import type { Memory } from './memory'
import { newId, Outbox, type Queued } from './outbox'
import {
  PROTOCOL,
  type Ack,
  type BotMessage,
  type ContactValues,
  type ContactWays,
  type Notice,
  type Session,
  type Thumb,
  type UserMessage,
} from './protocol'
import type { Store } from './store'

export interface Words {
  expired: string
  failed: string
}

/** Times in milliseconds; tests shorten them. */
export interface Patience {
  ack: number
  session: number
  again: number
  refused: number
  typing: number
}

const PATIENCE: Patience = { ack: 10_000, session: 10_000, again: 4_000, refused: 30_000, typing: 30_000 }
const NO_ANSWER: Ack = { status: 'refused', code: 'no_answer' }
const BUSY = 'busy'

export class Conversation {
  readonly outbox: Outbox
  #socket: Socket
  #flushing = false
  #asked = false // a session_request is under way
  #whole = false // it asks for the whole history
  #fresh = false // the next session is a new conversation
  #busy: 'no' | 'wait' | 'try' = 'no' // the server asked us to wait; then we try again
  #timers = new Map<string, ReturnType<typeof setTimeout>>()

  constructor(
    server: string,
    private readonly store: Store,
    private readonly memory: Memory,
    private readonly words: Words,
    private readonly patience: Patience = PATIENCE,
  ) {
    this.outbox = new Outbox(memory)
    const { origin, pathname } = new URL(server)
    this.#socket = io(origin, {
      path: `${pathname}socket.io`,
      autoConnect: false,
      transports: ['websocket', 'polling'], // one round trip fewer than the other way round
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 8_000,
    })
    this.#listen()
    for (const item of this.outbox.items()) this.#show(item)
    store.update({ seen: memory.get<number>('seen', 0), contact: memory.get<ContactWays>('contact', store.contact) })
  }

  get isStarted(): boolean {
    return this.store.link !== 'idle'
  }

  start(): void {
    if (this.isStarted) return
    this.store.update({ link: 'connecting' })
    this.#socket.connect()
  }

  stop(): void {
    this.#socket.disconnect()
    this.store.update({ link: 'idle' })
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  /** The browser says that the network is back, or gone. */
  networkChanged(isOnline: boolean): void {
    if (!this.isStarted) return
    if (isOnline) this.#reconnectNow()
    else this.store.update({ link: 'offline', typing: false })
  }

  /** Sends what the visitor wrote, or the payload behind the button they pressed. */
  say(text: string, payload = text): void {
    const item = { message_id: newId(), message: payload, text, at: new Date().toISOString() }
    this.#queue(item)
  }

  /** Sends a refused message again, under the id it had. */
  sayAgain(messageId: string, text: string): void {
    this.store.settle(messageId, 'waiting')
    this.#queue({ message_id: messageId, message: text, text, at: new Date().toISOString() })
  }

  /** `messageId` stays the same while the same form is sent again. */
  submit(values: ContactValues, messageId: string): Promise<Ack> {
    return this.#ask('form_submitted', { form: 'contact', values, message_id: messageId })
  }

  rateAnswer(message: number, value: Thumb): Promise<Ack> {
    return this.#ask('feedback', { message, value })
  }

  rate(stars: number, comment: string): Promise<Ack> {
    return this.#ask('rating', comment ? { stars, comment } : { stars })
  }

  /** Begins a new conversation; false when the server cannot be reached. */
  restart(): boolean {
    if (this.store.link !== 'online') return false
    this.#fresh = true
    this.outbox.clear()
    this.#socket.emit('restart', { session_id: this.#token })
    return true
  }

  /** Another tab got a new token: a renewed one, or that of a new conversation. */
  tokenChanged(): void {
    if (this.#socket.connected && !this.#asked) this.#requestSession(true)
  }

  get #token(): string | undefined {
    return this.memory.get<string | undefined>('token', undefined)
  }

  #listen(): void {
    const socket = this.#socket
    socket.on('connect', () => { this.#requestSession() })
    socket.on('disconnect', (reason) => { this.#disconnected(reason === 'io server disconnect') })
    socket.on('connect_error', (error) => { this.#notConnected(error) })
    socket.on('session_confirm', (session: Session) => { this.#confirmed(session) })
    socket.on('bot_uttered', (message: BotMessage) => { this.#received(message) })
    socket.on('user_echo', (message: UserMessage) => { this.store.addUser({ ...message, from: 'user' }, 'sent') })
    socket.on('bot_typing', ({ typing }: { typing: boolean }) => { this.#setTyping(typing) })
    socket.on('session_renewed', ({ session_id }: Session) => { this.memory.set('token', session_id) })
    socket.on('agent_changed', ({ agent }: Session) => { this.store.update({ agent, typing: false }) })
    socket.on('notice', (notice: Notice) => { this.#noticed(notice) })
  }

  #requestSession(whole = false): void {
    const last_seen = whole ? undefined : this.store.lastSeen
    const session_id = this.#token
    this.#asked = true
    this.#whole = last_seen === undefined
    this.#socket.emit('session_request', {
      protocol: PROTOCOL,
      ...(session_id && { session_id }),
      ...(session_id && last_seen !== undefined && { last_seen }),
    })
    this.#after('session', this.patience.session, () => { this.#reconnectNow(true) })
  }

  #confirmed(session: Session): void {
    this.#stopTimer('session')
    const isExpired = this.#asked && !this.#fresh && this.#isOther(session)
    if (this.#fresh || this.#isOther(session)) this.#startFresh()
    if (isExpired) this.store.notice(this.words.expired)
    this.#asked = false
    this.memory.set('token', session.session_id)
    this.memory.set('contact', session.contact)
    this.store.update({
      contact: session.contact,
      agent: session.agent,
      longestMessage: session.longest_message ?? this.store.longestMessage,
      link: 'online',
    })
    this.store.merge(session.history)
    void this.#flush()
  }

  /** The server, or another tab, has begun a new conversation. */
  #isOther({ resumed, history }: Session): boolean {
    return this.store.hasConversation && (resumed === false || this.store.contradicts(history, this.#whole))
  }

  #startFresh(): void {
    this.#fresh = false
    this.store.clear(this.outbox.items())
    for (const key of ['seen', 'thumbs', 'forms', 'rated']) this.memory.remove(key)
  }

  #received(message: BotMessage): void {
    this.store.addBot({ ...message, from: 'bot' })
    this.#stopTimer('typing')
    this.store.update({ typing: false, ...(message.author && { agent: message.author }) })
    if (this.store.hasGap && !this.#asked) this.#requestSession()
  }

  #noticed({ code, text }: Notice): void {
    this.#setTyping(false)
    if (code === 'bad_token') {
      this.#renew()
      return
    }
    if (text) this.store.notice(text)
    // Asking again at once would only be refused again.
    if (this.#asked) this.#after('session', this.patience.refused, () => { this.#requestSession() })
  }

  /** The server does not know the token: the old conversation is over, a new one begins. */
  #renew(): void {
    const hadWords = this.store.hasConversation
    this.memory.remove('token')
    this.#startFresh()
    if (hadWords) this.store.notice(this.words.expired)
    this.#requestSession()
  }

  #disconnected(byServer: boolean): void {
    this.#lost()
    if (byServer) this.#after('connect', this.patience.again, () => this.#socket.connect())
  }

  /** Socket.IO tries again by itself, unless the server refused and said why. */
  #notConnected(error: Error): void {
    this.#lost()
    if (this.#socket.active) return
    this.store.notice(error.message)
    this.#after('connect', this.patience.refused, () => this.#socket.connect())
  }

  #lost(): void {
    this.#stopTimer('session')
    this.#asked = false
    if (this.store.link === 'idle') return
    this.store.update({ typing: false, link: navigator.onLine ? 'reconnecting' : 'offline' })
  }

  #reconnectNow(anew = false): void {
    if (anew) this.#socket.disconnect()
    if (this.#socket.connected) return
    this.store.update({ link: 'reconnecting' })
    this.#socket.disconnect().connect()
  }

  #queue(item: Queued): void {
    this.outbox.add(item)
    this.#show(item)
    void this.#flush()
  }

  #show(item: Queued): void {
    const { text, at, message_id } = item
    this.store.addUser({ from: 'user', text, at, message_id }, 'waiting')
  }

  /** Sends what waits, one after the other so that the order holds. */
  async #flush(): Promise<void> {
    if (this.#flushing) return
    this.#flushing = true
    try {
      while (this.store.link === 'online' && this.#busy !== 'wait') {
        const next = this.outbox.items()[0]
        if (!next || !(await this.#deliver(next))) break
      }
    } finally {
      this.#flushing = false
    }
  }

  /** True when the server has answered about this message, whichever way. */
  async #deliver({ message, message_id }: Queued): Promise<boolean> {
    this.store.settle(message_id, 'sending')
    this.#setTyping(!this.store.agent)
    const ack = await this.#ask('user_uttered', { message, message_id })
    if (ack.code === 'bad_token' || ack.code === NO_ANSWER.code) this.store.settle(message_id, 'waiting')
    if (ack.code === 'bad_token') return false
    if (ack.code === NO_ANSWER.code) {
      this.#setTyping(false)
      this.#after('again', this.patience.again, () => void this.#flush())
      return false
    }
    if (ack.code === BUSY) {
      this.#wait(message_id, ack)
      return false
    }
    this.#busy = 'no'
    this.outbox.remove(message_id)
    this.store.settle(message_id, ack.status === 'ok' ? 'sent' : 'refused', ack.text)
    if (ack.status !== 'ok' || ack.duplicate) this.#setTyping(false)
    return true
  }

  /** Too many visitors: the message stays and goes again by itself; the visitor is told once. */
  #wait(messageId: string, { text, retry_after }: Ack): void {
    const wait = retry_after ? retry_after * 1_000 : this.patience.again
    if (text && this.#busy === 'no') this.store.notice(text)
    this.store.settle(messageId, 'waiting')
    this.#setTyping(false)
    this.#busy = 'wait'
    this.#after('again', wait, () => {
      this.#busy = 'try'
      void this.#flush()
    })
  }

  /** One event with its acknowledgement; `no_answer` when none came. Renews a refused token. */
  async #ask(event: string, data: object): Promise<Ack> {
    if (!this.#socket.connected) return NO_ANSWER
    const ack = await this.#acknowledged(event, { ...data, session_id: this.#token })
    if (ack.code === 'bad_token') this.#renew()
    return ack
  }

  async #acknowledged(event: string, data: object): Promise<Ack> {
    try {
      const socket = this.#socket.timeout(this.patience.ack)
      return (await socket.emitWithAck(event, data)) as Ack
    } catch {
      return NO_ANSWER
    }
  }

  /** Dots never stay for good: a server that forgets to stop them has them stopped here. */
  #setTyping(typing: boolean): void {
    this.store.update({ typing })
    this.#stopTimer('typing')
    if (typing) this.#after('typing', this.patience.typing, () => { this.store.update({ typing: false }) })
  }

  #after(name: string, wait: number, act: () => void): void {
    this.#stopTimer(name)
    this.#timers.set(name, setTimeout(act, wait))
  }

  #stopTimer(name: string): void {
    clearTimeout(this.#timers.get(name))
  }
}
