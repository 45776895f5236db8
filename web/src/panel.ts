/** The open chat: what `<fiber-chat>` loads on the first click (or hover). */

import { html, LitElement, nothing, unsafeCSS, type PropertyValues, type TemplateResult } from 'lit'

import { composer, type ComposerView } from './composer'
import type { FormState } from './contact-form'
import { Conversation } from './conversation'
import { keepFocus } from './focus'
import type { Desk, Forms } from './forms'
import { contactLinks, header, type HeaderView, type Popover } from './header'
import { downIcon } from './icons'
import { openMemory, type Memory } from './memory'
import { greeting, messageList } from './messages'
import type { Options } from './options'
import styles from './panel.css?inline'
import type { Thumb } from './protocol'
import type { RatingState, RatingView } from './rating'
import { Reading, restingPlace } from './reading'
import { Store, type BotLine } from './store'
import { directionOf, languageOf, panelTexts, textsFor } from './strings'
import type { View } from './view'

/** What the launcher hands to the panel, and is told by it. */
export interface Host {
  options: Options
  close(): void
  unread(count: number): void
  answered(text: string): void
}

type Rich = typeof import('./rich')

const TALL_COMPOSER = 140 // pixels
const ASK_FOR_PERSON = 'Talk to a person' // the assistant reads English
const UNREACHABLE_AFTER = 12_000
const QUIET_BEFORE_RATING = 90_000
const ANSWERS_BEFORE_RATING = 3
const NO_RATING: RatingState = { status: 'hidden', stars: 0, comment: '' }
const FULL_SCREEN = '(max-width: 479.98px)' // as in panel.css

export class Panel extends LitElement implements View, HeaderView, RatingView, ComposerView, Desk {
  static override styles = unsafeCSS(styles)

  texts = textsFor(panelTexts, 'en')
  locale = 'en'
  heading = ''
  privacy = ''
  store = new Store()
  memory!: Memory
  conversation!: Conversation
  opened: Popover = ''
  rating = { ...NO_RATING }
  unfolded = new Set<string>()
  draft = ''

  #host!: Host
  #rich?: Rich
  #richLoading?: Promise<void>
  #forms?: Forms
  #thumbs: Record<string, Thumb> = {}
  #reading = new Reading()
  #isOpen = false
  #newest = 0
  #isUnreachable = false
  #lostTimer?: ReturnType<typeof setTimeout>
  #ratingTimer?: ReturnType<typeof setTimeout>

  /** Must be called once, before the element enters the page. */
  setUp(host: Host): void {
    const { options } = host
    this.#host = host
    this.locale = languageOf(panelTexts, options.lang)
    this.texts = textsFor(panelTexts, options.lang)
    this.heading = options.title || this.texts.title
    this.privacy = options.privacy
    this.memory = openMemory(options.server)
    this.store.contact = { phone: options.phone, email: options.email }
    this.conversation = new Conversation(options.server, this.store, this.memory, this.texts)
    this.draft = this.memory.get<string>('draft', '')
    this.#thumbs = this.memory.get<Record<string, Thumb>>('thumbs', {})
    this.store.subscribe(() => { this.#changed() })
  }

  get longestMessage(): number {
    return this.store.longestMessage
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#listen('addEventListener')
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#listen('removeEventListener')
  }

  /** Connects without showing anything, so that a running conversation can report answers. */
  start(): void {
    this.conversation.start()
  }

  async show(takeFocus: boolean): Promise<void> {
    this.#isOpen = true
    this.#reading.catchUp()
    this.start()
    this.#fit()
    await this.refresh()
    this.#markSeen()
    if (takeFocus) this.focus(isTouch() ? 'title' : 'draft')
  }

  hide(): void {
    this.#isOpen = false
    this.opened = ''
    void this.refresh()
  }

  close(): void {
    this.#host.close()
  }

  refresh(): Promise<unknown> {
    this.requestUpdate()
    return this.updateComplete
  }

  /** Puts the keyboard on the element with this id inside the panel; alone: on the composer. */
  override focus(id: string | FocusOptions = 'draft'): void {
    this.#find(`#${typeof id === 'string' ? id : 'draft'}`)?.focus({ preventScroll: id === 'title' || id === 'log' })
  }

  typed(text: string): void {
    this.draft = text
    this.memory.set('draft', text)
    void this.#loadRich()
    void this.refresh()
  }

  send(): void {
    const text = this.draft.trim()
    if (!text || this.draft.length > this.longestMessage) return
    this.typed('')
    this.say(text)
    this.focus() // on phones the keyboard stays up
  }

  say(text: string, payload?: string): void {
    this.#reading.catchUp()
    void this.#loadRich()
    // The button that said it goes away or is disabled, and would take the focus with it.
    if (this.shadowRoot?.activeElement) this.focus(isTouch() ? 'log' : 'draft')
    this.conversation.say(text, payload)
  }

  sayAgain(messageId: string, text: string): void {
    this.conversation.sayAgain(messageId, text)
  }

  askForPerson(): void {
    this.opened = ''
    this.say(ASK_FOR_PERSON)
  }

  content(line: BotLine): TemplateResult | typeof nothing {
    if (this.#rich) return this.#rich.content(line, this)
    return line.text ? html`<div class="bubble" dir="auto">${line.text}</div>` : nothing
  }

  thumbOf(line: BotLine): Thumb | undefined {
    return this.#thumbs[line.number] ?? line.feedback
  }

  rateAnswer(line: BotLine, value: Thumb): void {
    this.#thumbs = { ...this.#thumbs, [line.number]: value }
    this.memory.set('thumbs', this.#thumbs)
    void this.conversation.rateAnswer(line.number, value)
    void this.refresh()
  }

  unfold(line: BotLine): void {
    this.unfolded.add(line.key)
    this.#reading.follows = false
    this.focus('log')
    void this.refresh()
  }

  formOf(line: BotLine): FormState {
    if (!this.#rich) throw new Error('Forms are drawn by the richer code only.')
    this.#forms ??= new this.#rich.Forms(this)
    return this.#forms.of(line)
  }

  submit(line: BotLine): void {
    void this.#forms?.submit(line)
  }

  toggle(part: Popover): void {
    this.opened = this.opened === part ? '' : part
    void this.refresh().then(() => {
      if (part === 'restart') this.focus('keep')
    })
  }

  download(): void {
    const { heading, texts, locale, store } = this
    const text = this.#rich?.transcript(store.lines, heading, texts, locale) ?? ''
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
    link.download = `chat-${new Date().toISOString().slice(0, 10)}.txt`
    link.click()
    setTimeout(() => { URL.revokeObjectURL(link.href) }, 1_000)
    this.#closePopover()
  }

  askRating(): void {
    this.opened = ''
    this.rating = { ...NO_RATING, status: 'asking' }
    void this.refresh().then(() => {
      this.#toEnd()
      this.focus('star-1')
    })
  }

  ratingChanged = (change: Partial<RatingState>): void => {
    Object.assign(this.rating, change)
    if (change.status === 'hidden') this.memory.set('rated', true)
    void this.refresh()
  }

  sendRating(): void {
    const { stars, comment } = this.rating
    if (!stars) return
    this.memory.set('rated', true)
    void this.conversation.rate(stars, comment.trim())
    this.ratingChanged({ status: 'sent' })
    this.focus()
  }

  protected override render(): TemplateResult {
    const { texts, store } = this
    const { dir, position, opening } = this.#host.options
    return html`<section class="panel ${position}" role="dialog" aria-labelledby="title"
      aria-modal=${matchMedia(FULL_SCREEN).matches} lang=${this.locale} dir=${dir || directionOf(this.locale)}
      ?hidden=${!this.#isOpen} @keydown=${this.#key}>
      ${header(this)}
      <div class="log" id="log" role="log" aria-live="polite" aria-label=${texts.conversation} tabindex="0"
        aria-busy=${store.link === 'connecting'} @scroll=${this.#scrolled}>
        ${greeting(opening || texts.opening, this)} ${messageList(this)}
        ${store.typing ? html`<p class="dots" aria-hidden="true"><i></i><i></i><i></i></p>` : nothing}
        ${this.#rich?.ratingCard(this)}
      </div>
      ${this.#endButton()}
      <p class="sr" role="status">${store.typing ? texts.typing : ''}</p>
      ${this.#banner()} ${composer(this)} ${this.opened === 'restart' ? this.#restartSheet() : nothing}
    </section>`
  }

  protected override updated(changes: PropertyValues): void {
    super.updated(changes)
    const [log, draft] = [this.#find('.log'), this.#find('#draft')]
    if (!this.#isOpen || !log || !draft) return
    // The composer grows with its text, up to a few lines.
    draft.style.blockSize = 'auto'
    draft.style.blockSize = `${Math.min(draft.scrollHeight, TALL_COMPOSER)}px`
    const place = restingPlace(log)
    if (this.#reading.follows && log.scrollTop < place) log.scrollTo({ top: place, behavior: 'instant' })
  }

  #banner(): TemplateResult {
    const { texts, store } = this
    const isLost = this.#isUnreachable || store.link === 'offline' || store.link === 'reconnecting'
    const text = store.link === 'offline' ? texts.offlineBanner : texts.reconnectingBanner
    return html`<div class="banner" role="status" ?hidden=${!isLost}>
      ${isLost ? html`<p>${this.#isUnreachable ? texts.unreachable : text}</p>` : nothing}
      ${this.#isUnreachable ? html`<div class="ways">${contactLinks(this)}</div>` : nothing}
    </div>`
  }

  #endButton(): TemplateResult | typeof nothing {
    if (this.#reading.follows) return nothing
    const { missed } = this.#reading
    const text = missed ? this.texts.newMessages(missed) : ''
    return html`<button class="to-end ${text ? 'has-new' : ''}" aria-label=${text || this.texts.toLatest}
      @click=${() => { this.#toEnd() }}>${downIcon}${text}</button>`
  }

  #restartSheet(): TemplateResult {
    const { texts } = this
    return html`<div class="veil" role="alertdialog" aria-modal="true" aria-labelledby="ask" aria-describedby="explain">
      <div class="sheet">
        <h3 id="ask">${texts.restartAsk}</h3>
        <p id="explain">${texts.restartExplain}</p>
        <div class="row">
          <button class="quiet" id="keep" @click=${() => { this.#closePopover() }}>${texts.cancel}</button>
          <button class="primary" @click=${() => { this.#restart() }}>${texts.restart}</button>
        </div>
      </div>
    </div>`
  }

  #restart(): void {
    this.conversation.restart()
    this.opened = ''
    void this.refresh().then(() => { this.focus() })
  }

  #toEnd(): void {
    this.#reading.catchUp()
    const log = this.#find('.log')
    log?.focus({ preventScroll: true })
    log?.scrollTo({ top: log.scrollHeight })
    this.#markSeen()
    void this.refresh()
  }

  /** Loads what draws answers, at the first sign that there will be one. */
  #loadRich(): Promise<void> {
    this.#richLoading ??= import('./rich').then(
      (rich) => {
        this.#rich = rich
        if (rich.richStyles) this.shadowRoot?.adoptedStyleSheets.push(rich.richStyles)
        void this.refresh()
      },
      () => { this.#richLoading = undefined }, // answers stay plain; the next key tries again
    )
    return this.#richLoading
  }

  #changed(): void {
    this.#countNew()
    this.#watchConnection()
    this.#planRating()
    this.#markSeen()
    if (this.store.lines.length) void this.#loadRich()
    this.#host.unread(this.#isOpen ? 0 : this.store.unread)
    void this.refresh()
  }

  /** A new conversation began, here or in another tab: its messages are numbered from 1 again. */
  #forget(): void {
    this.#newest = 0
    this.#forms = undefined
    this.#thumbs = {}
    this.unfolded.clear()
    this.rating = { ...NO_RATING }
  }

  /** Tells the page of answers that came after the history. */
  #countNew(): void {
    const newest = this.store.newest ?? 0
    if (newest < this.#newest) this.#forget()
    const isRunning = this.#newest > 0 || this.store.lines.some((line) => line.from === 'user' && line.state === 'sent')
    const fresh = this.store.lines.filter((line) => line.from === 'bot' && line.number > this.#newest) as BotLine[]
    this.#newest = newest
    if (!isRunning || this.store.link !== 'online') return
    this.#reading.arrived(fresh.length)
    for (const line of fresh) this.#host.answered(line.text)
  }

  /** After a while without a connection the visitor is shown other ways to reach a person. */
  #watchConnection(): void {
    if (this.store.link === 'online' || this.store.link === 'idle') {
      clearTimeout(this.#lostTimer)
      this.#lostTimer = undefined
      this.#isUnreachable = false
      return
    }
    this.#lostTimer ??= setTimeout(() => {
      this.#isUnreachable = true
      void this.refresh()
    }, UNREACHABLE_AFTER)
  }

  /** Asks for a rating once, when a conversation of some length has gone quiet. */
  #planRating(): void {
    clearTimeout(this.#ratingTimer)
    const said = this.store.lines.filter((line) => line.from === 'user').length
    if (said < ANSWERS_BEFORE_RATING || this.rating.status !== 'hidden' || this.memory.get<boolean>('rated', false)) return
    this.#ratingTimer = setTimeout(() => { this.ratingChanged({ status: 'asking' }) }, QUIET_BEFORE_RATING)
  }

  #markSeen = (): void => {
    const newest = this.store.newest ?? 0
    const reads = this.#isOpen && this.#reading.follows && document.visibilityState === 'visible'
    if (!reads || this.store.seen >= newest) return
    this.store.seen = newest
    this.memory.set('seen', newest)
  }

  #listen(how: 'addEventListener' | 'removeEventListener'): void {
    window[how]('online', this.#network)
    window[how]('offline', this.#network)
    window[how]('storage', this.#stored as EventListener)
    document[how]('visibilitychange', this.#markSeen)
    window.visualViewport?.[how]('resize', this.#fit)
    window.visualViewport?.[how]('scroll', this.#fit)
  }

  #network = (event: Event): void => {
    this.conversation.networkChanged(event.type === 'online')
  }

  #stored = (event: StorageEvent): void => {
    if (event.key === this.memory.nameOf('token') && event.newValue) this.conversation.tokenChanged()
  }

  #scrolled = (): void => {
    const log = this.#find('.log')
    if (!log || !this.#isOpen || !this.#reading.scrolled(log)) return
    this.#markSeen()
    void this.refresh()
  }

  /** Escape closes the innermost thing; Tab stays inside where the chat covers the page. */
  #key = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation()
      if (this.opened) this.#closePopover()
      else this.close()
    } else if (event.key === 'Tab') {
      const covers = matchMedia(FULL_SCREEN).matches ? '.panel' : ''
      const area = this.#find(this.opened === 'restart' ? '.sheet' : covers || '.none')
      if (area) keepFocus(event, area, this.shadowRoot?.activeElement ?? null)
    }
  }

  #closePopover(): void {
    const button = this.opened === 'restart' ? 'menu' : this.opened
    this.opened = ''
    void this.refresh()
    this.#find(`[data-for="${button}"]`)?.focus()
  }

  /** Keeps the composer above a phone's keyboard, which covers the page without resizing it. */
  #fit = (): void => {
    const view = window.visualViewport
    this.style.setProperty('--view-height', view ? `${view.height}px` : null)
    this.style.setProperty('--view-top', view ? `${view.offsetTop}px` : null)
  }

  #find(selector: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(selector)
  }
}

/** Where the composer's focus brings up a keyboard that covers half of the chat. */
function isTouch(): boolean {
  return matchMedia('(pointer: coarse)').matches
}

if (!customElements.get('fiber-chat-panel')) customElements.define('fiber-chat-panel', Panel)

/** A panel inside the launcher's shadow root. */
export function openPanel(root: ShadowRoot, host: Host): Panel {
  const panel = new Panel()
  panel.setUp(host)
  root.append(panel)
  return panel
}
