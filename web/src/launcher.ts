/**
 * `<fiber-chat>`: the button on the page. Small, because every page view loads it; the chat
 * itself comes when somebody reaches for the button, or when a conversation is under way.
 */

import styles from './launcher.css?inline'
import { openMemory, type Memory } from './memory'
import type { Options } from './options'
import type { Host, Panel } from './panel'
import { directionOf, languageOf, launcherTexts, textsFor } from './strings'
import { themeOf } from './theme'

export type ChatEvent = 'open' | 'close' | 'message' | 'unread'
type PanelCode = { openPanel(root: ShadowRoot, host: Host): Panel }

const CHAT = 'M5 5.5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7.5L7 21v-3.5H5a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2z'
const LINES = 'M7.5 10h9M7.5 13.3h5.5'
const DOWN = 'M6 9.5l6 6 6-6'
const CLOSE = 'M7 7l10 10M17 7L7 17'
const RESUME_WITHIN = 12 * 3600_000
const FULL_SCREEN = '(max-width: 479.98px)'

export class FiberChat extends HTMLElement {
  #options!: Options
  #memory!: Memory
  #texts = textsFor(launcherTexts, 'en')
  #root = this.attachShadow({ mode: 'open' })
  #button = element('button', 'launcher')
  #badge = element('span', 'badge')
  #nudge?: HTMLElement
  #loading?: Promise<Panel>
  #panel?: Panel
  #isOpen = false
  #unread = 0
  #isSetUp = false
  /** Tells the page's own listeners. Set by the widget. */
  emit: (event: ChatEvent, detail?: unknown) => void = () => undefined
  /** Brings the chat's code. Tests put their own here. */
  load: () => Promise<PanelCode> = () => Promise.reject(new Error('FiberChat.load is not set'))

  setUp(options: Options): void {
    this.#options = options
    this.#memory = openMemory(options.server)
    this.#texts = textsFor(launcherTexts, options.lang)
    for (const [name, value] of Object.entries(themeOf(options.color))) this.style.setProperty(name, value)
    this.lang = languageOf(launcherTexts, options.lang)
    this.dir = options.dir || directionOf(this.lang)
    this.dataset.position = options.position
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(styles)
    this.#root.adoptedStyleSheets = [sheet]
    this.#build()
    this.#isSetUp = true
  }

  /** Single-page navigation takes the element out and puts it back: the chat goes on. */
  connectedCallback(): void {
    if (!this.#isSetUp || this.#panel) return
    this.#resume()
    this.#planNudge()
  }

  async open(takeFocus = true): Promise<void> {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#memory.set('open', Date.now())
    this.#dismissNudge()
    this.#button.ariaBusy = 'true'
    try {
      const panel = await this.#load()
      if (!this.#wantsOpen()) return
      await panel.show(takeFocus)
      this.#count(0)
      this.emit('open')
    } catch {
      this.#isOpen = false
      this.#say(this.#texts.loadFailed)
    } finally {
      this.#button.ariaBusy = 'false'
      this.#reflect()
    }
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#memory.remove('open')
    this.#panel?.hide()
    this.#reflect()
    this.#button.focus()
    this.emit('close')
  }

  #build(): void {
    this.#button.type = 'button'
    this.#badge.ariaHidden = 'true'
    this.#button.append(icon('chat', CHAT, LINES), icon('down', DOWN), this.#badge)
    this.#button.addEventListener('click', () => {
      if (this.#isOpen) this.close()
      else void this.open()
    })
    for (const reach of ['pointerenter', 'focus']) {
      this.#button.addEventListener(reach, () => void this.#load().catch(() => undefined), { once: true })
    }
    this.#root.append(this.#button)
    this.#reflect()
  }

  /** False when the visitor closed the chat again while it was still loading. */
  #wantsOpen(): boolean {
    return this.#isOpen
  }

  #load(): Promise<Panel> {
    this.#loading ??= this.load()
      .then((code) => (this.#panel = code.openPanel(this.#root, this.#host())))
      .catch((error: unknown) => {
        this.#loading = undefined // so that the next click tries again
        throw error
      })
    return this.#loading
  }

  #host(): Host {
    return {
      options: this.#options,
      close: () => { this.close() },
      unread: (count) => { this.#count(count) },
      answered: (text) => { this.emit('message', { text }) },
    }
  }

  /** A conversation under way goes on across page loads: open again, or counting answers. */
  #resume(): void {
    const opened = this.#memory.get<number>('open', 0)
    const isRecent = Date.now() - opened < RESUME_WITHIN
    if (isRecent && !matchMedia(FULL_SCREEN).matches) void this.open(false)
    else if (this.#hasConversation()) {
      whenIdle(() => void this.#load().then((panel) => { panel.start() }, () => undefined))
    }
  }

  #hasConversation(): boolean {
    return this.#memory.get<string>('token', '') !== ''
  }

  #count(unread: number): void {
    if (unread === this.#unread) return
    this.#unread = unread
    this.#reflect()
    this.emit('unread', { count: unread })
  }

  #reflect(): void {
    const { open, openWithUnread, close } = this.#texts
    this.#button.ariaExpanded = String(this.#isOpen)
    this.#button.ariaLabel = this.#isOpen ? close : this.#unread ? openWithUnread(this.#unread) : open
    this.#badge.textContent = this.#unread > 9 ? '9+' : String(this.#unread)
    this.#badge.hidden = this.#isOpen || !this.#unread
  }

  #planNudge(): void {
    const delay = this.#options.proactiveDelay
    if (!delay || this.#memory.get<boolean>('nudged', false)) return
    setTimeout(() => {
      if (this.#isOpen || this.#hasConversation()) return
      this.#memory.set('nudged', true)
      this.#say(this.#options.opening || this.#texts.nudge)
    }, delay * 1000)
  }

  /** A small bubble beside the launcher: the invitation, or what went wrong. */
  #say(text: string): void {
    this.#dismissNudge()
    const bubble = element('div', 'nudge')
    bubble.role = 'status'
    const body = element('button', 'say')
    body.textContent = text.replaceAll('**', '')
    body.addEventListener('click', () => void this.open())
    const dismiss = element('button', 'dismiss')
    dismiss.ariaLabel = this.#texts.dismiss
    dismiss.append(icon('close', CLOSE))
    dismiss.addEventListener('click', () => {
      this.#dismissNudge()
      this.#button.focus()
    })
    bubble.append(body, dismiss)
    this.#root.insertBefore(bubble, this.#button)
    this.#nudge = bubble
  }

  #dismissNudge(): void {
    this.#nudge?.remove()
    this.#nudge = undefined
  }
}

function element<Tag extends 'button' | 'span' | 'div'>(tag: Tag, className: string) {
  const made = document.createElement(tag)
  made.className = className
  return made
}

function icon(className: string, ...paths: string[]): SVGElement {
  const make = <Tag extends 'svg' | 'path'>(tag: Tag) => document.createElementNS('http://www.w3.org/2000/svg', tag)
  const svg = make('svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('class', className)
  svg.setAttribute('aria-hidden', 'true')
  for (const d of paths) {
    const path = make('path')
    path.setAttribute('d', d)
    svg.append(path)
  }
  return svg
}

function whenIdle(act: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(act, { timeout: 3_000 })
  else setTimeout(act, 1_000) // Safari
}
