/**
 * What the widget remembers in this browser. Pages may forbid storage (private windows,
 * sandboxed frames): then it remembers until the page goes.
 */

export interface Memory {
  get<T>(key: string, otherwise: NoInfer<T>): T
  set(key: string, value: unknown): void
  remove(key: string): void
  /** The storage's own name for a key, as storage events carry it. */
  nameOf(key: string): string
}

/** A memory under its own prefix, one per server. */
export function openMemory(server: string, storage: () => Storage = () => localStorage): Memory {
  const nameOf = (key: string) => `fiber-chat:${server.replace(/^https?:/, '')}:${key}`
  const fallback = new Map<string, string>()
  const attempt = <T>(act: (store: Storage) => T, otherwise: () => T): T => {
    try {
      return act(storage())
    } catch {
      return otherwise() // blocked or full
    }
  }
  const read = (name: string) =>
    fallback.get(name) ?? attempt((store) => store.getItem(name), () => null)
  return {
    nameOf,
    get<T>(key: string, otherwise: NoInfer<T>): T {
      try {
        const text = read(nameOf(key))
        return text === null ? otherwise : (JSON.parse(text) as T)
      } catch {
        return otherwise // somebody else wrote it
      }
    },
    set(key, value) {
      const [name, text] = [nameOf(key), JSON.stringify(value)]
      attempt(
        (store) => {
          store.setItem(name, text)
          fallback.delete(name)
        },
        () => void fallback.set(name, text),
      )
    },
    remove(key) {
      fallback.delete(nameOf(key))
      attempt((store) => { store.removeItem(nameOf(key)) }, () => undefined)
    },
  }
}
