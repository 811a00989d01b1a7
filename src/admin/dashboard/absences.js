import { keyOf, shardStates } from './states.js';

/** As long as the daemon's verdict waits before it calls a shard away, in milliseconds. */
const patience = 60_000;

/** These wait for leave to identify, or have not begun: nothing is wrong with them. */
const waiting = ['unidentified', 'offline'];

/** Since when the page has seen a shard without a connection. Times are a monotonic clock's. */
export class Absences {
  #since = new Map();

  /** Returns the keys of those that are away for so long that something is wrong. */
  update(shards, now) {
    const before = this.#since;
    this.#since = new Map();
    const long = new Set();
    for (const shard of shards) {
      const name = shardStates[shard.state]?.name;
      if (name === 'connected' || waiting.includes(name)) continue;
      const key = keyOf(shard);
      const since = before.get(key) ?? now;
      this.#since.set(key, since);
      if (now - since >= patience) long.add(key);
    }
    return long;
  }
}
