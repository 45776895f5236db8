/** Where the visitor is in the log: reading along at its end, or looking something up above. */

const NEAR_END = 60 // pixels from the end that still count as reading along
const ROOM_ABOVE = 12

export class Reading {
  /** The log keeps to its end as it grows. */
  follows = true
  /** Bot messages that came while the visitor read further up. */
  missed = 0

  /** Takes note of where the log was scrolled to; true when that changes anything. */
  scrolled(log: HTMLElement): boolean {
    const follows = log.scrollTop >= restingPlace(log) - NEAR_END
    if (follows === this.follows) return false
    this.follows = follows
    if (follows) this.missed = 0
    return true
  }

  arrived(count: number): void {
    if (!this.follows) this.missed += count
  }

  /** Goes on following, from the very end. */
  catchUp(): void {
    this.follows = true
    this.missed = 0
  }
}

/** The end of the log, but never past the question: a long answer is read from its start. */
export function restingPlace(log: HTMLElement): number {
  const end = log.scrollHeight - log.clientHeight
  const question = [...log.querySelectorAll<HTMLElement>('.line.user')].at(-1)
  return question ? Math.min(end, question.offsetTop - ROOM_ABOVE) : end
}
