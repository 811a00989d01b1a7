// A bot on discordeno 18, written as its big-bot template: events arrive as {message, shardId}, go
// to `raw` and then to the library's handler of that name.
import { createBot } from 'discordeno';

import { askGateway, serveEvents } from './event_server.mjs';

const options = JSON.parse(process.argv[2]);

const withoutRequirements = new Set(['READY', 'GUILD_LOADED_DD']);

const bot = createBot({ token: options.token, intents: options.intents });

const server = serveEvents(options, {
  deliver: async (message, shardId) => {
    bot.events.raw(bot, message, shardId);
    if (!message.t || message.t === 'RESUMED') return;
    if (!withoutRequirements.has(message.t)) {
      await bot.events.dispatchRequirements(bot, message, shardId);
    }
    await bot.handlers[message.t]?.(bot, message, shardId);
  },
  actions: {
    shards: () => askGateway(options, { type: 'GET_SHARD_INFO' }),
    requestMembers: ({ guildId, shardId }) =>
      askGateway(options, {
        type: 'SHARD_PAYLOAD',
        shardId,
        data: { op: 8, d: { guild_id: guildId, query: '', limit: 0 } },
      }),
  },
});

bot.handlers.GUILD_LOADED_DD = (_bot, { d }) =>
  server.callback('guildLoaded', { id: BigInt(d.id), name: d.name });

Object.assign(bot.events, {
  ready: (_bot, { shardId, guilds, sessionId, user }) =>
    server.callback('ready', { shardId, guilds, sessionId, userId: user.id }),
  guildCreate: (_bot, { id, name }) => server.callback('guildCreate', { id, name }),
  messageCreate: (_bot, { id, channelId, guildId, authorId, content }) =>
    server.callback('messageCreate', { id, channelId, guildId, authorId, content }),
  messageUpdate: (_bot, { id, guildId, editedTimestamp }) =>
    server.callback('messageUpdate', { id, guildId, editedTimestamp }),
  voiceStateUpdate: (_bot, { guildId, channelId, userId }) =>
    server.callback('voiceStateUpdate', { guildId, channelId, userId }),
  interactionCreate: (_bot, { id, type, guildId, user }) =>
    server.callback('interactionCreate', { id, type, guildId, userId: user.id }),
});
