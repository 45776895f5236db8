/**
 * A website channel in small, for tests and for looking at the widget: the real one is
 * bot/channels/website.py. `npm run mock` serves the demo page with it; what it answers goes by
 * words in the message, see `replies`.
 */

import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Server, type Socket } from 'socket.io'

import type { Ack, BotMessage, Session, UserMessage } from '../src/protocol'
import { replies, type Reply } from './mock-replies'

const PREFIX = '/webhooks/website/'
const CONTACT = { phone: '(408) 796-7735', email: 'sales@infinitenetworksinc.com' }
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.html': 'text/html' }
// As strict as a page can be: the widget must work under it.
const POLICY = "default-src 'self'; img-src data:; style-src 'self'; connect-src 'self' ws:; object-src 'none'"

type Acknowledge = (ack: Ack) => void
interface Asked { session_id?: string; message_id: string; message: string }

interface Talk { history: (UserMessage | BotMessage)[]; agent: string | null }

export class MockServer {
  /** Everything that arrived, repeats included. */
  readonly received: Asked[] = []
  readonly requests: object[] = []
  /** While true, messages are recorded but their acknowledgement is lost. */
  losesAcks = false
  refusesSessions = false
  /** So many messages are refused because of too many visitors. */
  busyFor = 0
  delay = 0
  #talks = new Map<string, Talk>()
  #issued = 0
  #http!: HttpServer
  #io!: Server

  /** Listens on the port (0: any free one) and gives the widget's server address. */
  async start(port = 0): Promise<string> {
    this.#http = createServer((request, response) => { this.#file(request.url ?? '', response) })
    this.#io = new Server(this.#http, { path: `${PREFIX}socket.io`, cors: { origin: '*' } })
    this.#io.on('connection', (socket) => { this.#serve(socket) })
    await new Promise<void>((ready) => this.#http.listen(port, '127.0.0.1', ready))
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}${PREFIX}`
  }

  async stop(): Promise<void> {
    await this.#io.close()
  }

  get sockets(): Socket[] {
    return [...this.#io.sockets.sockets.values()]
  }

  /** Makes every token unknown, as after a change of the secret. */
  forgetTokens(): void {
    this.#talks.clear()
  }

  talk(token: string): Talk | undefined {
    return this.#talks.get(token)
  }

  /** Says something to everybody in the conversation. */
  say(token: string, reply: Reply, isLost = false): BotMessage {
    const talk = this.#talks.get(token) as Talk
    const number = talk.history.filter((message) => message.from === 'bot').length + 1
    const message: BotMessage = { from: 'bot', number, at: new Date().toISOString(), ...reply }
    talk.history.push(message)
    if (!isLost) this.#io.to(token).emit('bot_uttered', message)
    return message
  }

  #serve(socket: Socket): void {
    socket.on('session_request', (asked: { session_id?: string; last_seen?: number }) => {
      this.requests.push(asked)
      if (this.refusesSessions) {
        socket.emit('notice', { code: 'too_many_sessions', text: 'Too many chats from your network.' })
        return
      }
      const known = asked.session_id && this.#talks.has(asked.session_id) ? asked.session_id : undefined
      this.#confirm(socket, known ?? this.#issue(), known !== undefined, asked.last_seen)
    })
    socket.on('restart', ({ session_id }: { session_id: string }) => { this.#restart(session_id) })
    socket.on('user_uttered', (asked: Asked, ack: Acknowledge) => { this.#uttered(asked, ack) })
    socket.on('form_submitted', ({ session_id, values }: { session_id: string; values: { reach: string } }, ack: Acknowledge) => { this.#form(session_id, values, ack) })
    socket.on('feedback', (_, ack: Acknowledge) => { ack({ status: 'ok' }) })
    socket.on('rating', (_, ack: Acknowledge) => { ack({ status: 'ok' }) })
  }

  #issue(): string {
    const token = `token-${++this.#issued}`
    this.#talks.set(token, { history: [], agent: null })
    return token
  }

  /** A new conversation, in every tab of the old one. */
  #restart(old: string): void {
    const token = this.#issue()
    for (const socket of this.sockets.filter((one) => one.rooms.has(old))) this.#confirm(socket, token, false)
  }

  #confirm(socket: Socket, token: string, resumed: boolean, lastSeen?: number): void {
    for (const room of socket.rooms) if (room !== socket.id) void socket.leave(room)
    void socket.join(token)
    const { history, agent } = this.#talks.get(token) as Talk
    const last = history.findIndex((message) => message.from === 'bot' && message.number === lastSeen)
    const session: Session = {
      session_id: token, expires_at: '2030-01-01T00:00:00Z', protocol: 1, resumed,
      history: history.slice(last + 1), contact: CONTACT, agent,
    }
    socket.emit('session_confirm', session)
  }

  #uttered(asked: Asked, ack: Acknowledge): void {
    this.received.push(asked)
    const talk = this.#talks.get(asked.session_id ?? '')
    if (!talk) { ack({ status: 'refused', code: 'bad_token' }); return }
    if (asked.message.includes('too fast')) {
      ack({ status: 'refused', code: 'too_many_messages', text: 'That was a lot at once. Please wait a minute.' })
      return
    }
    if (this.busyFor > 0) {
      this.busyFor -= 1
      ack({ status: 'refused', code: 'busy', text: 'Many visitors are asking.', retry_after: 0.05 })
      return
    }
    const isKnown = talk.history.some((one) => one.from === 'user' && one.message_id === asked.message_id)
    if (!isKnown) this.#record(talk, asked)
    if (!this.losesAcks) ack(isKnown ? { status: 'ok', duplicate: true } : { status: 'ok' })
    if (!isKnown) this.#answer(asked)
  }

  #record(talk: Talk, { message, message_id, session_id }: Asked): void {
    const text = /"title":"(.*)"/.exec(message)?.[1] ?? message
    const said: UserMessage = { from: 'user', text, at: new Date().toISOString(), message_id }
    talk.history.push(said)
    this.#io.to(session_id ?? '').emit('user_echo', said)
  }

  #answer({ message, session_id: token = '' }: Asked): void {
    this.#io.to(token).emit('bot_typing', { typing: true })
    setTimeout(() => {
      if (/limit/.test(message)) this.#io.to(token).emit('notice', { code: 'failed_turn', text: 'Something went wrong on our side. Please call (408) 796-7735.' })
      if (this.#talks.has(token)) for (const reply of replies(message)) this.say(token, reply)
      this.#io.to(token).emit('bot_typing', { typing: false })
    }, this.delay)
  }

  #form(token: string, values: { reach: string }, ack: Acknowledge): void {
    if (values.reach.includes('gmial')) {
      ack({ status: 'refused', code: 'invalid', text: 'One entry needs another look.', fields: { reach: 'Did you mean gmail.com?' } })
      return
    }
    ack({ status: 'ok' })
    this.say(token, { text: 'Thank you! Your reference is **L-000017**. A person will get back to you within one business day.' })
  }

  #file(url: string, response: import('node:http').ServerResponse): void {
    const name = new URL(url, 'http://x').pathname.replace(PREFIX, '')
    const file = fileURLToPath(new URL(name === 'demo' ? '../demo.html' : `../dist/${name}`, import.meta.url))
    if (name.includes('..') || !existsSync(file)) { response.writeHead(404).end(); return }
    const type = TYPES[extname(file)] ?? 'text/plain'
    const policy = name === 'demo' ? POLICY.replace("style-src 'self'", "style-src 'nonce-demo'") : POLICY
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'access-control-allow-origin': '*', 'content-security-policy': policy })
    const text = readFileSync(file, 'utf8')
    response.end(name === 'demo' ? text.replace('<style>', '<style nonce="demo">') : text)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = new MockServer()
  mock.delay = 700
  console.log(`${await mock.start(Number(process.env.PORT ?? 5105))}demo`)
}
