// Keeps a page that shows leads up to date, without taking away what somebody is writing.
//
// An element with data-live="/events/…" listens while the page can be seen. When the version there
// is another than data-version, the page gets the event desk:changed, and htmx fetches what changed.
// A hidden page does not listen: browsers allow six connections to a server, for all tabs.

const live = document.querySelector('[data-live]')
let source
let sender // the element whose answer is at hand: the live one, or a form that somebody sent

function listen() {
  if (source || !live) return
  source = new EventSource(live.dataset.live)
  source.addEventListener('version', ({ data }) => {
    document.documentElement.dataset.isLive = 'yes'
    if (data === live.dataset.version) return
    live.dataset.version = data
    document.body.dispatchEvent(new CustomEvent('desk:changed'))
  })
  source.addEventListener('error', () => {
    delete document.documentElement.dataset.isLive
    if (source?.readyState === EventSource.CLOSED) source = undefined // signed out, or gone
  })
}

function stop() {
  source?.close()
  source = undefined
}

document.addEventListener('visibilitychange', () => (document.hidden ? stop() : listen()))
window.addEventListener('pagehide', stop)
window.addEventListener('pageshow', listen)

/** Somebody is in the middle of it: it has the focus, or a field that was changed. */
function isInUse(part) {
  if (part.contains(document.activeElement)) return true
  return [...part.querySelectorAll('input, textarea, select')].some((field) =>
    field.type === 'hidden' ? false
      : field.tagName === 'SELECT' ? [...field.options].some((option) => option.selected !== option.defaultSelected)
        : field.value !== field.defaultValue,
  )
}

/** How a part reads, without what the browser or htmx has added. */
function content(part) {
  const copy = part.cloneNode(true)
  for (const element of copy.querySelectorAll('details')) element.removeAttribute('open')
  for (const element of [copy, ...copy.querySelectorAll('[class]')]) {
    for (const name of [...element.classList]) if (name.startsWith('htmx-')) element.classList.remove(name)
  }
  return copy.innerHTML
}

const atEnd = new Set() // transcripts that were read to their end
document.addEventListener('htmx:beforeSwap', ({ detail }) => {
  sender = detail.requestConfig.elt
  for (const list of document.querySelectorAll('[data-stick]')) {
    if (list.scrollHeight - list.scrollTop - list.clientHeight < 40) atEnd.add(list.dataset.stick)
  }
})

/**
 * A part that is the same stays; so does one that is being filled in, unless it was sent itself, and
 * one that says why something was refused, until the person goes on.
 */
document.addEventListener('htmx:oobBeforeSwap', (event) => {
  const { target, fragment } = event.detail
  const news = fragment.firstElementChild?.id === target.id ? fragment.firstElementChild : fragment
  const holder = document.createElement('div')
  holder.append(...[...news.childNodes].map((node) => node.cloneNode(true)))
  if (content(holder) === content(target)) event.detail.shouldSwap = false
  else if (sender === live && target.querySelector('[role=alert]')) event.detail.shouldSwap = false
  else if ('form' in target.dataset && !target.contains(sender) && isInUse(target)) event.detail.shouldSwap = false
})

document.addEventListener('htmx:afterRequest', () => {
  for (const list of document.querySelectorAll('[data-stick]')) {
    if (atEnd.delete(list.dataset.stick)) list.scrollTop = list.scrollHeight
  }
  if (sender !== live && document.activeElement === document.body) {
    document.querySelector('[data-focus]')?.focus({ preventScroll: true }) // the button has gone
  }
})

/** The arrow keys go from row to row of a list, from link to link. */
document.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const rows = event.target.closest?.('[data-rows]')
  if (!step || !rows || event.altKey || event.ctrlKey || event.metaKey) return
  const links = [...rows.querySelectorAll('tbody th a')]
  const here = links.findIndex((link) => link.closest('tr').contains(event.target))
  links[here + step]?.focus()
  event.preventDefault()
})

for (const list of document.querySelectorAll('[data-stick]')) list.scrollTop = list.scrollHeight
listen()
