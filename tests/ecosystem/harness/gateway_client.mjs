import assert from 'node:assert/strict';

import { allIntents, token } from './simulator.mjs';
import { Subject } from './subject.mjs';

/** A gateway library in a process of its own, connected to a simulator. */
export class GatewayClient extends Subject {
  constructor(test, simulator, { subject, library, compression }) {
    super();
    const options = {
      library,
      compression,
      token,
      intents: allIntents,
      restUrl: simulator.restUrl,
    };
    const environment = simulator.caFile ? { NODE_EXTRA_CA_CERTS: simulator.caFile } : {};
    this.launch(test, subject, options, environment);
  }

  get dispatches() {
    return this.ofKind('dispatch');
  }

  ofType(type) {
    return this.dispatches.filter(({ t }) => t === type);
  }

  /** How many shards have had at least `times` heartbeats acknowledged. */
  shardsAcknowledged(times) {
    const byShard = Map.groupBy(this.ofKind('acknowledged'), ({ shard }) => shard);
    return [...byShard.values()].filter((beats) => beats.length >= times).length;
  }

  /** Closes as the library does, and checks that nothing went wrong in it. */
  async close() {
    const exit = await this.stop();
    assert.deepEqual(this.failures, []);
    assert.deepEqual(exit, { code: 0, signal: null }, this.describe());
  }

  /** Every dispatch of every shard once and in order: `s` is 1, 2, 3 … */
  assertSequences() {
    const last = new Map();
    for (const { shard, t, s } of this.dispatches) {
      assert.equal(s, (last.get(shard) ?? 0) + 1, `${t} of shard ${shard}`);
      last.set(shard, s);
    }
  }

  /** The running numbers of each guild's events without a hole; returns how many guilds had any. */
  assertGuildOrder() {
    const last = new Map();
    for (const { number } of this.dispatches) {
      if (!number) continue;
      const [guild, position] = number.split(':');
      assert.equal(Number(position), (last.get(guild) ?? 0) + 1, `event of guild ${guild}`);
      last.set(guild, Number(position));
    }
    return last.size;
  }
}
