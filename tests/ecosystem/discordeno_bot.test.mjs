import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Daemon, reservePort } from './harness/daemon.mjs';
import { assertEverythingDelivered, assertGuildOrder } from './harness/delivery.mjs';
import { EventHandler } from './harness/event_handler.mjs';
import { Simulator, allIntents, token } from './harness/simulator.mjs';
import { assertTypedCallbacks } from './harness/typed_callbacks.mjs';
import { until } from './harness/until.mjs';

const shards = 2;
const guilds = 8;
const flood = 2000;
const handlerAuthorization = 'handler secret';
const gatewayAuthorization = 'gateway secret';

const subject = (name) => new URL(`subjects/${name}.mjs`, import.meta.url).pathname;

/** The callbacks of one guild of each shard. */
function oneGuildPerShard(bot) {
  const callbacks = bot.callbacksNamed('guildCreate');
  const shardOf = ({ facts }) => (facts.id >> 22n) % BigInt(shards);
  return [...Map.groupBy(callbacks, shardOf).values()].map(([first]) => first);
}

/** A simulated Discord, the daemon, and a bot that it feeds. */
class Trio {
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

describe('a bot on discordeno 21', () => {
  const kind = { bot: 'discordeno_bot', envelope: 'payload' };

  it('fires the typed callback of every event, and answers interactions', async (test) => {
    const trio = await Trio.start(test, { ...kind, flood });
    await trio.untilDelivered();
    const interactions = trio.bot.eventsOfType('INTERACTION_CREATE').length;
    assert.ok(interactions > 0);
    await trio.until(
      () => trio.bot.callbacksNamed('answered').length === interactions,
      'an answer to every interaction',
    );

    const statistics = await trio.close();
    assertEverythingDelivered(trio.bot, statistics);
    assertGuildOrder(trio.bot);
    assertTypedCallbacks(trio.bot);
    assert.equal(statistics.callbacks, interactions);
  });

  it('misses nothing while it restarts', async (test) => {
    const trio = await Trio.start(test, { ...kind, flood });
    await trio.until(() => trio.bot.distinctEvents >= flood / 10, 'the first events');
    await trio.bot.stop();
    assert.ok(trio.bot.distinctEvents < flood, 'some of the flood is still to come');
    await trio.bot.restart();
    await trio.untilDelivered();

    const statistics = await trio.close();
    assertEverythingDelivered(trio.bot, statistics, { repeats: true });
  });

  it('reaches Discord through the daemon', async (test) => {
    const trio = await Trio.start(test, kind);
    await trio.until(() => trio.bot.callbacksNamed('guildCreate').length === guilds, 'every guild');
    const [{ facts: guild }] = trio.bot.callbacksNamed('guildCreate');

    const { shardId, rtt } = await trio.bot.ask('shardInfo', { guildId: `${guild.id}` });
    assert.equal(shardId, Number((guild.id >> 22n) % BigInt(shards)));
    assert.equal(typeof rtt, 'number');

    await trio.bot.ask('editBotStatus', { status: 'idle', activities: [{ name: 'a test', type: 0 }] });
    // Both requests follow the presence on the same connection: their answers prove its arrival.
    for (const { facts } of oneGuildPerShard(trio.bot)) {
      const members = await trio.bot.ask('requestMembers', { guildId: facts.id });
      assert.equal(members.length, facts.memberCount);
      assert.equal(new Set(members).size, facts.memberCount);
    }
    const statistics = await trio.close();
    assert.equal(statistics.commands, shards + shards);
  });
});

describe('a bot on discordeno 18', () => {
  const kind = {
    bot: 'discordeno_18_bot',
    envelope: 'message',
    filter: { guild_create: 'loaded_dd' },
  };

  it('fires the typed callback of every event, with loaded guilds apart', async (test) => {
    const trio = await Trio.start(test, { ...kind, flood });
    await trio.untilDelivered();

    const statistics = await trio.close();
    assertEverythingDelivered(trio.bot, statistics);
    assertTypedCallbacks(trio.bot, [
      'READY',
      'MESSAGE_CREATE',
      'MESSAGE_UPDATE',
      'VOICE_STATE_UPDATE',
      'INTERACTION_CREATE',
    ]);
    assert.equal(trio.bot.callbacksNamed('guildLoaded').length, guilds);
    assert.equal(trio.bot.callbacksNamed('guildCreate').length, 0);
  });

  it('asks the daemon for its shards and sends a command', async (test) => {
    const trio = await Trio.start(test, kind);
    await trio.until(() => trio.bot.callbacksNamed('guildLoaded').length === guilds, 'every guild');

    const list = await trio.bot.ask('shards');
    const states = list.map(({ shardId, state }) => ({ shardId, state }));
    assert.deepEqual(states, [
      { shardId: 0, state: 0 },
      { shardId: 1, state: 0 },
    ]);

    const { facts: guild } = trio.bot.callbacksNamed('guildLoaded')[0];
    const request = { guildId: `${guild.id}`, shardId: Number((guild.id >> 22n) % BigInt(shards)) };
    assert.deepEqual(await trio.bot.ask('requestMembers', request), { processing: true });
    await trio.until(() => trio.bot.eventsOfType('GUILD_MEMBERS_CHUNK').length === 1, 'the members');
    const statistics = await trio.close();
    assert.equal(statistics.commands, 1);
  });
});
