// What a page needs beyond links and forms. Everything works without it, but for live updates.

const messages = () => document.getElementById('messages')

/** Shows a message where flash messages stand; it is read out, since the place is live. */
function say(text, kind = 'bad') {
  const line = document.createElement('p')
  line.className = `flash flash-${kind}`
  line.textContent = text // text stays text
  messages()?.replaceChildren(line)
  line.scrollIntoView({ block: 'nearest' })
}

document.addEventListener('htmx:responseError', ({ detail: { xhr } }) => {
  const isText = xhr.getResponseHeader('Content-Type')?.startsWith('text/plain')
  say(isText && xhr.responseText ? xhr.responseText : 'That did not work. Reload the page and try again.')
})

document.addEventListener('htmx:sendError', () => say('The desk does not answer. Check your connection and try again.'))

/** `data-confirm="…"` on a form asks first; `data-once` lets a form be sent one time only. */
document.addEventListener('submit', (event) => {
  const form = event.target
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm
  if (question && !window.confirm(question)) {
    event.preventDefault()
    return
  }
  if ('once' in form.dataset) {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'yes'
    for (const button of form.querySelectorAll('button')) button.setAttribute('aria-disabled', 'true')
  }
})

/** Back from the next page, a form may be sent again. */
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent
    for (const button of form.querySelectorAll('button')) button.removeAttribute('aria-disabled')
  }
})

/** `data-opens="id"` opens a dialog; a button with `data-closes` closes the one around it. */
document.addEventListener('click', (event) => {
  const opener = event.target.closest?.('[data-opens]')
  if (opener) document.getElementById(opener.dataset.opens)?.showModal()
  const closer = event.target.closest?.('[data-closes]')
  if (closer) closer.closest('dialog')?.close()
})

/** `data-largest="…"` on a file input refuses a file of more bytes before it is sent. */
document.addEventListener('change', ({ target }) => {
  if (!target.dataset?.largest) return
  const isTooLarge = [...target.files].some((file) => file.size > Number(target.dataset.largest))
  target.setCustomValidity(isTooLarge ? `The file is larger than ${target.dataset.largest / 1e6} MB.` : '')
  target.reportValidity()
})
