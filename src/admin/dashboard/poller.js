/** Between two questions, and at most while nobody answers; in milliseconds. */
const interval = 1000;
const longestPause = 15_000;

/**
 * Asks again and again: a second after the last answer, with growing pauses while there is none, and
 * not at all while nobody looks at the tab.
 */
export class Poller {
  #ask;
  #answered;
  #failed;
  #timer = null;
  #asking = false;
  #failures = 0;

  /**
   * `answered` gets what `ask()` resolves with; `failed(error, pause)` what it rejects with, and
   * returns whether to go on by itself.
   */
  constructor({ ask, answered, failed }) {
    this.#ask = ask;
    this.#answered = answered;
    this.#failed = failed;
    document.addEventListener('visibilitychange', () => {
      clearTimeout(this.#timer);
      if (!document.hidden) this.askNow();
    });
  }

  async askNow() {
    clearTimeout(this.#timer);
    if (this.#asking) return;
    this.#asking = true;
    const pause = await this.#askOnce();
    this.#asking = false;
    if (pause !== null && !document.hidden) this.#timer = setTimeout(() => this.askNow(), pause);
  }

  /** Resolves with the time until the next question; null where somebody has to ask for it. */
  async #askOnce() {
    let answers;
    try {
      answers = await this.#ask();
    } catch (error) {
      const pause = Math.min(interval * 2 ** this.#failures++, longestPause);
      return this.#failed(error, pause) ? pause : null;
    }
    this.#failures = 0;
    try {
      this.#answered(answers);
    } catch (error) {
      reportError(error); // An answer that cannot be shown does not end the asking.
    }
    return interval;
  }
}
