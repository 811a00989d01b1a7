/** How far back a rate looks, in milliseconds: long enough to be calm, short enough to be current. */
const rateWindow = 5000;

/** Rates of counters that only grow. Keys are the caller's; times are a monotonic clock's. */
export class Rates {
  #samples = new Map();

  /** Takes a total and returns the rate per second, NaN while there is only one sample. */
  add(key, total, now) {
    let samples = this.#samples.get(key) ?? [];
    // A total that shrinks counts from anew: the daemon has been restarted.
    if (samples.length > 0 && total < samples.at(-1).total) samples = [];
    samples.push({ total, now });
    while (samples.length > 2 && samples[1].now <= now - rateWindow) samples.shift();
    this.#samples.set(key, samples);
    const elapsed = now - samples[0].now;
    return elapsed > 0 ? ((total - samples[0].total) * 1000) / elapsed : NaN;
  }

  /** Forgets everything: the time without answers is no time without events. */
  clear() {
    this.#samples.clear();
  }
}
