import assert from 'node:assert/strict';

import { Daemon, reservePort } from './daemon.mjs';
import { EventHandler } from './event_handler.mjs';
import { Simulator, allIntents, token } from './simulator.mjs';
import { until } from './until.mjs';

export const shards = 2;
export const guilds = 8;
/** Numbered events of a test that wants traffic. */
export const flood = 2000;

const handlerAuthorization = 'handler secret';
const gatewayAuthorization = 'gateway secret';

const subject = (name) => new URL(`../subjects/${name}.mjs`, import.meta.url).pathname;

/** A simulated Discord, the daemon, and a bot that it feeds. */
export class Trio {
  static async start(test, { bot, envelope, flood: events, filter = {} }) {
    const trio = new Trio();
    trio.simulator = await Simulator.start(test, { shards, guilds, events });
    const restUrl = trio.simulator.restUrl;
    const listen = `127.0.0.1:${await reservePort()}`;
    trio.bot = await EventHandler.start(test, subject(bot), {
      token,
      intents: allIntents,
      totalShards: shards,
      envelope,
      authorization: handlerAuthorization,
      restUrl,
      gatewayUrl: `http://${listen}/`,
      gatewayAuthorization,
    });
    trio.daemon = await Daemon.start(test, {
      discord: { token, intents: allIntents },
      rest: { url: restUrl },
      gateway: { spawn_shard_delay_ms: 20 },
      handlers: { urls: [trio.bot.url], authorization: handlerAuthorization, envelope },
      events: { edited_message_ttl_ms: 0, ...filter },
      // A bot that was away would find its autocompletes answered, and not get them.
      interactions: { defer: false },
      admin: { listen, authorization: gatewayAuthorization },
    });
    return trio;
  }

  until(condition, what) {
    return until([this.bot, this.daemon, this.simulator], condition, what);
  }

  /** Waits until the bot has READY of each shard, every GUILD_CREATE and the flood. */
  async untilDelivered() {
    const expected = shards + guilds + flood;
    await this.until(() => this.bot.distinctEvents >= expected, `${expected} events to arrive`);
  }

  /** Stops the daemon: nobody complained, and Discord saw one identify per shard. */
  async close() {
    await this.daemon.close();
    const statistics = await this.simulator.finish();
    const { identifies, violations } = statistics;
    assert.deepEqual({ identifies, violations }, { identifies: shards, violations: [] });
    assert.deepEqual(this.bot.failures, []);
    return statistics;
  }
}
