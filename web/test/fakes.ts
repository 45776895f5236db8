/** localStorage in memory; with `isFull` nothing can be written. */
export class FakeStorage implements Storage {
  isFull = false
  #entries = new Map<string, string>()

  get length(): number {
    return this.#entries.size
  }

  clear(): void {
    this.#entries.clear()
  }

  getItem(key: string): string | null {
    return this.#entries.get(key) ?? null
  }

  key(at: number): string | null {
    return [...this.#entries.keys()][at] ?? null
  }

  removeItem(key: string): void {
    this.#entries.delete(key)
  }

  setItem(key: string, value: string): void {
    if (this.isFull) throw new DOMException('full', 'QuotaExceededError')
    this.#entries.set(key, value)
  }
}
