/**
 * The bot's Markdown as Lit templates: bold, italics, code, lists, links, line breaks.
 *
 * HTML never comes about: the library only parses, and every word ends in a text node. A link
 * that is not http, https, mailto or tel is written out as the text it was.
 */

import { html, nothing, type TemplateResult } from 'lit'
import markdown, { type ParserRules, type SingleASTNode } from 'simple-markdown'

import { safeLink } from './links'

export interface Ways {
  /** Read out after a link that leaves the page. */
  newTab: string
}

type Part = TemplateResult | string | typeof nothing

const { newline, paragraph, escape, list, autolink, link, strong, em, inlineCode, text } =
  markdown.defaultRules

const EMAIL = /^[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/i
const WEB = /^https?:\/\/[^\s<>"'()[\]]*[^\s<>"'()[\].,;:!?]/
const US_PHONE = /^\(\d{3}\) \d{3}-\d{4}\b/
const SOURCE = /^Sources?: / // stands back behind the answer it belongs to
// As the library's own, but it also pauses before a word that an e-mail address may begin with.
const TEXT = /^[\s\S]+?(?=[^0-9A-Za-z\s\u00c0-\uffff]|\b[\w.+-]+@|\n|\w+:\S|$)/

/** Only what the protocol promises; tables, images, headings and fences stay text. */
const rules: ParserRules = {
  Array: markdown.defaultRules.Array,
  newline,
  list,
  paragraph,
  escape,
  autolink,
  phone: rule(escape.order, US_PHONE, (found) => reference(`tel:+1${found.replace(/\D/g, '')}`, found)),
  email: rule(escape.order, EMAIL, (found) => reference(`mailto:${found}`, found)),
  web: rule(escape.order, WEB, (found) => reference(found, found)),
  link,
  em,
  strong,
  inlineCode,
  br: rule(text.order - 0.5, /^ *\n/, () => ({})),
  text: { ...text, match: markdown.anyScopeRegex(TEXT) },
}
const parse = markdown.parserFor(rules)

/** The text as templates, ready to be put into a page. */
export function renderMarkdown(source: string, ways: Ways): Part[] {
  return parse(separateLists(source), { inline: false }).map((node) => view(node, ways))
}

/** The text without its marks, for transcripts, previews and screen readers. */
export function plainText(source: string): string {
  return parse(separateLists(source), { inline: false }).map(plain).join('').trim()
}

function view(node: SingleASTNode, ways: Ways): Part {
  const inside = () => children(node.content).map((child) => view(child, ways))
  switch (node.type) {
    case 'paragraph': return html`<p class=${SOURCE.test(plain(node)) ? 'source' : nothing}>${inside()}</p>`
    case 'strong': return html`<strong>${inside()}</strong>`
    case 'em': return html`<em>${inside()}</em>`
    case 'inlineCode': return html`<code>${node.content}</code>`
    case 'br': return html`<br />`
    case 'newline': return nothing
    case 'list': return listView(node, ways)
    case 'link': return linkView(node, inside(), ways)
    default: return String(node.content)
  }
}

function listView(node: SingleASTNode, ways: Ways): TemplateResult {
  const items = (node.items as SingleASTNode[][]).map(
    (item) => html`<li>${item.map((child) => view(child, ways))}</li>`,
  )
  return node.ordered
    ? html`<ol start=${Number(node.start) || 1}>${items}</ol>`
    : html`<ul>${items}</ul>`
}

function linkView(node: SingleASTNode, label: Part[], ways: Ways): Part {
  const href = safeLink(String(node.target))
  if (!href) return plain(node)
  if (!href.startsWith('http')) return html`<a href=${href} rel="noopener">${label}</a>`
  return html`<a href=${href} target="_blank" rel="noopener"
    >${label}<span class="sr"> ${ways.newTab}</span></a
  >`
}

function plain(node: SingleASTNode): string {
  const inside = () => children(node.content).map(plain).join('')
  switch (node.type) {
    case 'paragraph': return `${inside()}\n`
    case 'br': return '\n'
    case 'newline': return '\n'
    case 'list':
      return (node.items as SingleASTNode[][])
        .map((item, at) => `${node.ordered ? `${at + 1}.` : '-'} ${item.map(plain).join('')}\n`)
        .join('')
    case 'link': return linkText(inside(), String(node.target))
    case 'strong': case 'em': return inside()
    default: return String(node.content)
  }
}

function linkText(label: string, target: string): string {
  const bare = target.replace(/^(mailto:|tel:)/, '')
  const same = bare === label || /^(mailto|tel):/.test(target)
  return same ? label : `${label} (${target})`
}

/** A list may follow a sentence without a blank line; the library wants one around it. */
function separateLists(source: string): string {
  const isItem = (line: string) => /^\s*(?:[*+•-]|\d+[.)])\s+\S/.test(line)
  const lines = source.replace(/\r\n?/g, '\n').replace(/^(\s*)•\s+/gm, '$1- ').split('\n')
  const spaced: string[] = []
  lines.forEach((line, at) => {
    const before = lines[at - 1] ?? ''
    const edge = isItem(line) !== isItem(before) && !/^\s{2,}/.test(line)
    if (at && line.trim() && before.trim() && edge) spaced.push('')
    spaced.push(line)
  })
  return spaced.join('\n')
}

function rule(order: number, pattern: RegExp, read: (found: string) => object): ParserRules[string] {
  return {
    order,
    match: markdown.inlineRegex(pattern),
    parse: (capture: string[]) => read(capture[0] ?? '') as SingleASTNode,
  }
}

function reference(target: string, label: string): object {
  return { type: 'link', target, content: [{ type: 'text', content: label }] }
}

function children(content: unknown): SingleASTNode[] {
  return Array.isArray(content) ? (content as SingleASTNode[]) : [{ type: 'text', content }]
}
