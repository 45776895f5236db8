// @vitest-environment happy-dom
import { html, render } from 'lit'
import { describe, expect, it } from 'vitest'

import { safeLink } from '../src/links'
import { plainText, renderMarkdown } from '../src/markdown'

/** The element a visitor would see, with Lit's own comment marks taken out. */
function shown(source: string): HTMLElement {
  const place = document.createElement('div')
  render(html`${renderMarkdown(source, { newTab: '(new tab)' })}`, place)
  return place
}

const markup = (source: string) => shown(source).innerHTML.replace(/<!--.*?-->/g, '')

describe('what the bot may write', () => {
  it('has bold, italics and code', () => {
    expect(markup('**60 dB** is *better* than `20`')).toBe(
      '<p><strong>60 dB</strong> is <em>better</em> than <code>20</code></p>',
    )
  })

  it('keeps line breaks', () => {
    expect(markup('one\ntwo')).toBe('<p>one<br>two</p>')
  })

  it('has lists, also right below a sentence and before the next', () => {
    const place = shown('I can\n- explain\n- recommend\nAsk away.\n\n1. first\n2. second')
    expect([...place.querySelectorAll('ul li')].map((item) => item.textContent)).toEqual(['explain', 'recommend'])
    expect(place.querySelectorAll('ol li')).toHaveLength(2)
    expect(place.querySelector('ul + p')?.textContent).toBe('Ask away.')
  })

  it('turns addresses and phone numbers in plain text into links', () => {
    const place = shown('Call (408) 796-7735 or write to sales@infinitenetworksinc.com. See https://example.com/a?b=c.')
    expect([...place.querySelectorAll('a')].map((link) => link.getAttribute('href'))).toEqual([
      'tel:+14087967735', 'mailto:sales@infinitenetworksinc.com', 'https://example.com/a?b=c',
    ])
  })

  it('leaves part numbers and decimals alone', () => {
    const text = 'INX-TRK-M4-T12M12MP-PB-LP-010M has 0.35 dB (400GBASE-SR4.2), 2 * 3 * 4, a_b_c'
    expect(shown(text).textContent).toBe(text)
  })

  it('opens web links apart, without handing over the page', () => {
    const link = shown('[standard](https://example.com/)').querySelector('a')
    expect(link?.getAttribute('rel')).toContain('noopener')
    expect(link?.getAttribute('target')).toBe('_blank')
  })
})

describe('what nobody may write', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '<iframe src="https://example.com"></iframe> <svg onload=alert(1)>',
    '&lt;script&gt; &amp; <!-- comment -->',
  ])('shows %s as the text it is', (source) => {
    const place = shown(source)
    expect(place.querySelector('script, img, iframe, svg, [onload], [onerror], a[href^="javascript"]')).toBeNull()
    for (const hint of place.querySelectorAll('.sr')) hint.remove()
    expect(place.textContent).toBe(source)
  })

  it.each([
    '[x](javascript:alert(1))', '[x](JaVaScRiPt:alert(1))', '[x](data:text/html,hi)', '[x](vbscript:x)',
    '[x](/relative)', '[x](java\tscript:alert(1))', '<javascript:alert(1)>', '[x](&#106;avascript:alert(1))',
  ])('makes no link of %s', (source) => {
    expect(shown(source).querySelector('a')).toBeNull()
  })

  it('loads no image', () => {
    expect(shown('![x](https://example.com/x.png)').querySelector('img')).toBeNull()
  })

  it('takes a hostile length of marks in its stride', () => {
    const started = performance.now()
    shown('*_[('.repeat(500))
    expect(performance.now() - started).toBeLessThan(1_500)
  })
})

it('follows http, https, mailto and tel only', () => {
  expect(['http://a.b', 'https://a.b', 'mailto:a@b.c', 'tel:+1'].every(safeLink)).toBe(true)
  expect(['javascript:1', 'ftp://a.b', 'file:///etc', 'blob:x', '//a.b', ''].some(safeLink)).toBe(false)
})

it('has a plain form for transcripts', () => {
  expect(plainText('**Higher** is better:\n- [one](https://example.com)\n- two')).toBe(
    'Higher is better:\n- one (https://example.com)\n- two',
  )
})
