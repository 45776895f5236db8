/** What the embedding page chose, read from the attributes of its script tag. */

export interface Options {
  /** Where the widget came from, ending in a slash: `https://host/webhooks/website/`. */
  server: string
  title: string
  color: string
  position: 'right' | 'left'
  lang: string
  dir: 'ltr' | 'rtl' | ''
  opening: string
  /** Seconds until the closed launcher speaks up; 0: never. */
  proactiveDelay: number
  phone: string
  email: string
  privacy: string
}

export const DEFAULT_COLOR = '#0b5cad'

/** The options with their defaults. `page` is the embedding page's own language. */
export function readOptions(data: DOMStringMap, src: string, page = 'en'): Options {
  return {
    server: new URL('.', src).href,
    title: data.title ?? '',
    color: data.color ?? DEFAULT_COLOR,
    position: data.position === 'left' ? 'left' : 'right',
    lang: (data.lang ?? page) || 'en',
    dir: data.dir === 'rtl' || data.dir === 'ltr' ? data.dir : '',
    opening: data.opening ?? '',
    proactiveDelay: Math.max(0, Number(data.proactiveDelay) || 0),
    phone: data.phone ?? '',
    email: data.email ?? '',
    privacy: data.privacy ?? '',
  }
}
