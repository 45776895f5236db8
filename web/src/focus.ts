/** Keeps the Tab key inside a part of the panel that covers everything else. */

const STOPS = ['a[href]', 'button:enabled', 'input', 'textarea', '[tabindex="0"]']

/** Call on Tab: moves the focus around the corner when it would leave `area`. */
export function keepFocus(event: KeyboardEvent, area: Element, active: Element | null): void {
  const stops = [...area.querySelectorAll<HTMLElement>(STOPS.join())].filter((stop) => stop.offsetParent)
  const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]]
  if (active !== from && active && area.contains(active)) return
  event.preventDefault()
  to?.focus()
}
