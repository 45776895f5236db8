/** The script that a page embeds: puts one `<fiber-chat>` on the page and keeps it there. */

import { FiberChat, type ChatEvent } from './launcher'
import { readOptions } from './options'

/** The file that holds the chat itself, filled in by the build. */
declare const __PANEL_FILE__: string

type Listener = (detail?: unknown) => void

/** What the embedding page may use: `FiberChat.open()`, `FiberChat.on('unread', …)`. */
export interface PublicApi {
  open(): void
  close(): void
  /** Calls back on `open`, `close`, `message` and `unread`; the result ends that. */
  on(event: ChatEvent, listener: Listener): () => void
}

declare global {
  interface Window {
    FiberChat?: PublicApi
  }
}

// A script element that has loaded is the current script, also with async; as a module it is not.
const script = (document.currentScript ?? document.querySelector('script[src*="widget.js"]')) as HTMLScriptElement | null

// A second tag, or the same one run again by the page's own navigation, changes nothing.
if (script && !window.FiberChat) window.FiberChat = start(script)

function start({ src, dataset }: HTMLScriptElement): PublicApi {
  const options = readOptions(dataset, src, document.documentElement.lang)
  if (!customElements.get('fiber-chat')) customElements.define('fiber-chat', FiberChat)
  const chat = new FiberChat()
  const listeners = new Map<ChatEvent, Set<Listener>>()
  chat.load = () => import(/* @vite-ignore */ new URL(__PANEL_FILE__, options.server).href)
  chat.emit = (event, detail) => {
    for (const listener of listeners.get(event) ?? []) listener(detail)
  }
  chat.setUp(options)
  keepOnPage(chat)
  return {
    open: () => void chat.open(),
    close: () => { chat.close() },
    on(event, listener) {
      const known = listeners.get(event) ?? new Set()
      listeners.set(event, known.add(listener))
      return () => known.delete(listener)
    },
  }
}

/** Puts the element back when the page replaces its body or empties it. */
function keepOnPage(chat: HTMLElement): void {
  const watch = new MutationObserver(attach)
  function attach(): void {
    const body = document.body as HTMLElement | null // null while the page is still loading
    if (body && chat.parentNode !== body) body.append(chat)
    watch.disconnect()
    watch.observe(document.documentElement, { childList: true })
    if (body) watch.observe(body, { childList: true })
  }
  attach()
}
