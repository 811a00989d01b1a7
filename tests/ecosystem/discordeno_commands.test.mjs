import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Trio, guilds, shards } from './harness/trio.mjs';

const shardOf = (guildId) => Number((guildId >> 22n) % BigInt(shards));

/** One guild of each shard, as the bot knows them. */
function oneGuildPerShard(bot) {
  const known = bot.callbacksNamed('guildCreate').map(({ facts }) => facts);
  return [...Map.groupBy(known, ({ id }) => shardOf(id)).values()].map(([first]) => first);
}

async function startWithGuilds(test, kind) {
  const trio = await Trio.start(test, kind);
  await trio.until(() => trio.bot.callbacksNamed('guildCreate').length === guilds, 'every guild');
  return trio;
}

describe("a bot's own requests to the gateway process", () => {
  it('discordeno 21: shard of a guild, presence, members', async (test) => {
    const trio = await startWithGuilds(test, { bot: 'discordeno_bot', envelope: 'payload' });
    const sample = oneGuildPerShard(trio.bot);
    assert.equal(sample.length, shards);

    for (const guild of sample) {
      const { shardId, rtt } = await trio.bot.ask('shardInfo', { guildId: `${guild.id}` });
      assert.equal(shardId, shardOf(guild.id));
      assert.equal(typeof rtt, 'number');
    }
    const status = { status: 'idle', activities: [{ name: 'a test', type: 0 }] };
    await trio.bot.ask('editBotStatus', status);
    // These follow the presence on the same connections: their answers prove its arrival.
    for (const guild of sample) {
      const members = await trio.bot.ask('requestMembers', { guildId: guild.id });
      assert.equal(members.length, guild.memberCount);
      assert.equal(new Set(members).size, guild.memberCount);
    }
    const statistics = await trio.close();
    assert.equal(statistics.commands, shards + sample.length);
  });

  it('discordeno 18: list of shards, a payload', async (test) => {
    const trio = await startWithGuilds(test, { bot: 'discordeno_18_bot', envelope: 'message' });

    const list = await trio.bot.ask('shards');
    const states = list.map(({ shardId, state }) => ({ shardId, state }));
    assert.deepEqual(states, [
      { shardId: 0, state: 0 },
      { shardId: 1, state: 0 },
    ]);

    const [guild] = oneGuildPerShard(trio.bot);
    const request = { guildId: `${guild.id}`, shardId: shardOf(guild.id) };
    assert.deepEqual(await trio.bot.ask('requestMembers', request), { processing: true });
    await trio.until(
      () => trio.bot.eventsOfType('GUILD_MEMBERS_CHUNK').length === 1,
      'the members',
    );
    const statistics = await trio.close();
    assert.equal(statistics.commands, 1);
  });
});
