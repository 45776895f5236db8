/** Messages that the server has not confirmed yet. They outlive a reload. */

import type { Memory } from './memory'

export interface Queued {
  message_id: string
  /** What the server gets: the text, or the payload of a button. */
  message: string
  /** What the visitor sees. */
  text: string
  at: string
}

const KEY = 'outbox'

/** Reads the memory each time: another tab of the same page may have added or sent something. */
export class Outbox {
  constructor(private readonly memory: Memory) {}

  items(): Queued[] {
    const kept = this.memory.get<unknown>(KEY, [])
    return Array.isArray(kept) ? (kept as Queued[]).filter((item) => item.message_id) : []
  }

  /** Adds a message; one whose id is there already stays as it is. */
  add(item: Queued): void {
    const items = this.items()
    if (items.some((one) => one.message_id === item.message_id)) return
    this.memory.set(KEY, [...items, item])
  }

  remove(messageId: string): void {
    this.memory.set(KEY, this.items().filter((item) => item.message_id !== messageId))
  }

  clear(): void {
    this.memory.remove(KEY)
  }
}

/** A UUID; also on pages without https, where browsers offer no randomUUID. */
export function newId(source: Pick<Crypto, 'getRandomValues'> & Partial<Crypto> = crypto): string {
  if (source.randomUUID) return source.randomUUID()
  const bytes = source.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
