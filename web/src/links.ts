/** Which addresses a visitor may follow from the chat. */

const SAFE_PROTOCOLS = ['http:', 'https:', 'mailto:', 'tel:']

/** The address if a visitor may follow it, else null. Judged as the browser would read it. */
export function safeLink(target: string): string | null {
  try {
    const address = new URL(target.trim())
    return SAFE_PROTOCOLS.includes(address.protocol) ? address.href : null
  } catch {
    return null // relative: the bot's pages are not the embedding page's
  }
}
