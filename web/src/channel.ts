/**
 * A channel check, drawn from end A at the top to end B at the bottom: so it fits a narrow panel.
 *
 * Faces follow one another, two at each joint and a cable between joints. Nothing is told by color
 * alone: receive is a broken line, a wrong fiber is thick and ends in a cross, results are words.
 */

import { html, nothing, svg, type TemplateResult } from 'lit'

import { aside } from './cards'
import type { ChannelCheck, ChannelFiber, ChannelJoint } from './protocol'
import { richTexts, type RichTexts } from './rich-strings'
import { textsFor } from './strings'
import type { View } from './view'

const PITCH = 17 // between fibers
const WIDE_PITCH = 24 // where positions have long names
const SIDE = 22
const NARROWEST = 248
const LARGEST = 1.3 // times its size, where there is room
const HEAD = 68 // the end's name, and its positions with their roles below the first joint's words
const WORDS = 42 // of a joint, above its faces
const GAP = 26 // between the two faces of a joint
const NAME = 34 // of a cable
const CABLE = 42

export function channelCheck(check: ChannelCheck, view: View): TemplateResult {
  const texts = textsFor(richTexts, view.locale)
  const [kind, verdict] = verdictOf(check, texts)
  return html`
    <div class="card channel">
      <div class="row"><h3 dir="auto">${check.title}</h3><span class="verdict ${kind}">${verdict}</span></div>
      <div class="drawn" role="group" tabindex="0" aria-label=${check.title}>
        ${drawing(new Layout(check), texts, `${check.title}: ${verdict}`)}
      </div>
      ${legend(check, texts)}
      <details>
        <summary>${texts.inWords}</summary>
        <ol>${check.joints.map((joint) => html`<li dir="auto">${withoutNumber(joint.text)}</li>`)}</ol>
        ${check.order.map((line) => html`<p dir="auto">${line}</p>`)}
      </details>
    </div>
    ${aside(check.note, view, 'note')}
  `
}

function verdictOf({ verdict }: ChannelCheck, texts: RichTexts): [string, string] {
  if (verdict === 'passes') return ['good', texts.works]
  return verdict === 'fails' ? ['bad', texts.worksNot] : ['open', texts.unknown]
}

const KEY_SIGNS: Record<string, string> = { aligned: '▲▲', opposed: '▲▼' }

/** The list has numbers of its own. */
const withoutNumber = (text: string) => text.replace(/^Joint \d+, /, '')

/** Where everything is. A stop is a face: 0 is that of optic A, 1 the plug in it, and so on. */
class Layout {
  readonly rows: number
  readonly pitch: number
  readonly width: number
  readonly height: number

  constructor(readonly check: ChannelCheck) {
    this.rows = Math.max(1, ...check.joints.flatMap((joint) => joint.faces.map((face) => face.rows)))
    const isWide = check.ends.some((end) => end.places.some((place) => name(place).length > 3))
    this.pitch = isWide ? WIDE_PITCH : PITCH
    this.width = Math.max(NARROWEST, this.rows * this.pitch + 2 * SIDE)
    this.height = this.y(check.joints.length * 2 - 1) + 44
  }

  get span(): number {
    return this.rows * this.pitch
  }

  get left(): number {
    return (this.width - this.span) / 2
  }

  x(stop: number, row: number): number {
    const rows = this.check.joints[stop >> 1]?.faces[stop % 2]?.rows ?? this.rows
    return this.left + ((row + 0.5) * this.span) / rows
  }

  y(stop: number): number {
    const joint = stop >> 1
    return HEAD + 24 + joint * (GAP + NAME + CABLE + WORDS) + (stop % 2) * GAP
  }
}

const short = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

/** "12" of "12 Rx". */
const name = (place: string) => place.split(' ')[0] ?? ''

function drawing(layout: Layout, texts: RichTexts, label: string): TemplateResult {
  const { check, width, height } = layout
  // A property, as a page's Content-Security-Policy may forbid style attributes.
  const size = `min-inline-size:${width}px;max-inline-size:${width * LARGEST}px`
  return html`<div class="sheet" .style=${size}><svg role="img" aria-label=${label} viewBox="0 0 ${width} ${height}">
    ${check.cables.map((_, at) => cable(layout, at))}
    ${check.joints.map((joint, at) => joint.result === 'fails' ? trouble(layout, at) : nothing)}
    ${check.fibers.map((fiber) => line(layout, fiber))}
    ${check.joints.map((joint, at) => svg`${words(layout, joint, at, texts)}${face(layout, joint, 2 * at)}${face(layout, joint, 2 * at + 1)}`)}
    ${check.cables.map(({ name, wiring }, at) => tag(layout, layout.y(2 * at + 1) + 22, 16, `${short(name, 22)}, ${wiring}`))}
    ${check.ends.map((_, at) => end(layout, at, texts))}
  </svg></div>`
}

function cable(layout: Layout, at: number): TemplateResult {
  return svg`<rect class="cable" x=${layout.left} y=${layout.y(2 * at + 1)} width=${layout.span} height=${NAME + CABLE} rx="4"></rect>`
}

function trouble(layout: Layout, at: number): TemplateResult {
  return svg`<rect class="trouble" x=${layout.left - 11} y=${layout.y(2 * at) - 11} width=${layout.span + 31} height=${GAP + 22} rx="7"></rect>`
}

/** A fiber goes straight behind words, and crosses others inside cables and joints. */
function line(layout: Layout, { role, wrong, rows }: ChannelFiber): TemplateResult {
  const points = rows.flatMap((row, stop) => {
    const [x, y] = [layout.x(stop, row), layout.y(stop)]
    const leaves = stop % 2 && stop < rows.length - 1 ? [[x, y + NAME]] : []
    const arrives = stop && stop % 2 === 0 ? [[x, y - WORDS]] : []
    return [...arrives, [x, y], ...leaves]
  })
  const last = rows.length - 1
  const [x, y] = [layout.x(last, rows[last] ?? 0), layout.y(last)]
  return svg`<polyline class="${role.toLowerCase() || 'dark'} ${wrong ? 'wrong' : ''}" points=${points.map((point) => point.join()).join(' ')}></polyline>
    ${wrong ? svg`<path class="cross" d="M${x - 4},${y - 4}l8,8m0,-8l-8,8"></path>` : nothing}`
}

/** What a joint is and how it does, on a strip that hides the fibers behind it. */
function words(layout: Layout, joint: ChannelJoint, at: number, texts: RichTexts): TemplateResult {
  const y = at ? layout.y(2 * at) - WORDS : 22
  const { middle, result } = { middle: layout.width / 2, result: texts[joint.result === '?' ? 'asks' : joint.result] }
  const sides = joint.faces.map(({ connector, pins }) => `${connector} ${pinWords(pins, texts)}`.trim()).join(' | ')
  return svg`<rect class="strip" x="0" y=${y} width=${layout.width} height=${WORDS - 11}></rect>
    <text class="title" x=${middle} y=${y + 13}>${texts.joint(at + 1)}: <tspan class=${joint.result === '?' ? 'asks' : joint.result}>${result}</tspan></text>
    <text x=${middle} y=${y + 26}>${sides}</text>`
}

const pinWords = (pins: string, texts: RichTexts) => pins === 'pins' || pins === 'holes' ? texts[pins] : pins

/** A face with dots for pins, rings for holes, and a triangle that points to where its key is. */
function face(layout: Layout, joint: ChannelJoint, stop: number): TemplateResult {
  const [y, left, right] = [layout.y(stop), layout.left, layout.left + layout.span]
  const { pins } = joint.faces[stop % 2 as 0 | 1]
  const isDown = joint.key === 'opposed' && stop % 2 === 1
  return svg`<path class="face ${joint.fails ? 'failing' : ''}" d="M${left},${y}H${right}"></path>
    ${pins && pins !== '?' ? [left, right].map((x) => svg`<circle class=${pins} cx=${x} cy=${y} r="4"></circle>`) : nothing}
    ${joint.key && joint.key !== '?' ? svg`<path class="key" d="M${right + 8},${y + (isDown ? -3.5 : 3.5)}h8l-4,${isDown ? 7 : -7}z"></path>` : nothing}`
}

function end(layout: Layout, at: number, texts: RichTexts): TemplateResult {
  const last = layout.check.joints.length * 2 - 1
  const { name: optic, places } = layout.check.ends[at] ?? { name: '', places: [] }
  const [stop, first] = at ? [last, layout.y(last) + 15] : [0, layout.y(0) - 20]
  return svg`<text class="title" x=${layout.width / 2} y=${at ? layout.height - 3 : 12}>${texts.end('AB'[at] ?? '', short(optic, 28))}</text>
    ${places.map((place, row) => place.split(' ').map((word, line) => svg`<text class="place" x=${layout.x(stop, row)} y=${first + line * 10}>${word}</text>`))}`
}

/** The name of a cable, as a label around it. */
function tag(layout: Layout, y: number, height: number, text: string): TemplateResult {
  return svg`<rect class="strip" x=${layout.left + 6} y=${y - height / 2} width=${layout.span - 12} height=${height} rx="4"></rect>
    <text x=${layout.width / 2} y=${y + 4}>${text}</text>`
}

function legend({ fibers, joints }: ChannelCheck, texts: RichTexts): TemplateResult {
  if (!fibers.length) return html`<p class="legend">${texts.notFollowed}</p>`
  const key = (kind: string, words: string) => html`<li><svg width="26" height="8" aria-hidden="true"><path class=${kind} d="M0,4H26"></path></svg>${words}</li>`
  const isWrong = fibers.some((fiber) => fiber.wrong)
  const keys = new Set(joints.map((joint) => joint.key).filter(Boolean))
  return html`<ul class="legend">
    ${key('tx', texts.transmit)} ${key('rx', texts.receive)} ${isWrong ? key('wrong', texts.wrong) : nothing}
    ${[...keys].map((kind) => html`<li><span aria-hidden="true">${KEY_SIGNS[kind] ?? ''}</span>${texts.keys[kind]}</li>`)}
  </ul>`
}
