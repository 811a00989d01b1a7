import assert from 'node:assert/strict';
import { inspect } from 'node:util';

const id = (text) => (text ? BigInt(text) : undefined);

/**
 * What a typed callback has to say for an event: by dispatch name, the callback and its facts,
 * computed from the raw `d`. An event for which `facts` is undefined fires nothing.
 */
export const typedCallbacks = {
  READY: {
    callback: 'ready',
    facts: (d, shard) => ({
      shardId: shard,
      guilds: d.guilds.map((guild) => id(guild.id)),
      sessionId: d.session_id,
      userId: id(d.user.id),
    }),
  },
  GUILD_CREATE: {
    callback: 'guildCreate',
    facts: (d) => ({
      id: id(d.id),
      name: d.name,
      memberCount: d.member_count,
      ownerId: id(d.owner_id),
    }),
  },
  MESSAGE_CREATE: {
    callback: 'messageCreate',
    facts: (d) => ({
      id: id(d.id),
      channelId: id(d.channel_id),
      guildId: id(d.guild_id),
      authorId: id(d.author.id),
      content: d.content,
    }),
  },
  MESSAGE_UPDATE: {
    callback: 'messageUpdate',
    facts: (d) =>
      d.edited_timestamp
        ? { id: id(d.id), guildId: id(d.guild_id), editedTimestamp: Date.parse(d.edited_timestamp) }
        : undefined,
  },
  MESSAGE_REACTION_ADD: {
    callback: 'reactionAdd',
    facts: (d) => ({
      guildId: id(d.guild_id),
      messageId: id(d.message_id),
      userId: id(d.user_id),
      emoji: d.emoji.name,
    }),
  },
  VOICE_STATE_UPDATE: {
    callback: 'voiceStateUpdate',
    facts: (d) => ({ guildId: id(d.guild_id), channelId: id(d.channel_id), userId: id(d.user_id) }),
  },
  TYPING_START: {
    callback: 'typingStart',
    facts: (d) => ({
      guildId: id(d.guild_id),
      channelId: id(d.channel_id),
      userId: id(d.user_id),
      timestamp: d.timestamp,
    }),
  },
  GUILD_MEMBER_ADD: {
    callback: 'guildMemberAdd',
    facts: (d) => ({ id: id(d.user.id) }),
  },
  INTERACTION_CREATE: {
    callback: 'interactionCreate',
    facts: (d) => ({
      id: id(d.id),
      type: d.type,
      guildId: id(d.guild_id),
      userId: id(d.member.user.id),
      name: d.data.name ?? d.data.custom_id,
    }),
  },
};

/** The facts an event has to come out with, by the names a bot reports. */
function expectedFacts(events, { callback, facts }, reported) {
  const expected = events.map((event) => facts(event.d, event.shard)).filter(Boolean);
  const names = Object.keys(reported[0]?.facts ?? {});
  assert.notEqual(expected.length, 0, `no event for ${callback}`);
  assert.notEqual(names.length, 0, `${callback} never fired`);
  return expected.map((all) => Object.fromEntries(names.map((name) => [name, all[name]])));
}

/** Each of these dispatches fired its typed callback exactly once, with the values of its event. */
export function assertTypedCallbacks(handler, types = Object.keys(typedCallbacks)) {
  const sorted = (list) => list.map((facts) => inspect(facts, { depth: null })).sort();
  for (const type of types) {
    const expectation = typedCallbacks[type];
    const reported = handler.callbacksNamed(expectation.callback);
    const expected = expectedFacts(handler.eventsOfType(type), expectation, reported);
    assert.deepEqual(
      sorted(reported.map(({ facts }) => facts)),
      sorted(expected),
      expectation.callback,
    );
  }
}
