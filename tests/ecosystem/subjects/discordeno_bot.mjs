// A bot on @discordeno/bot whose gateway runs elsewhere: events come over HTTP and go through the
// library's own path into typed callbacks; commands go to the gateway process.
import { createBot } from '@discordeno/bot';

import { askGateway, serveEvents } from './event_server.mjs';

const options = JSON.parse(process.argv[2]);

const autocomplete = 4;

const desiredProperties = {
  emoji: { name: true },
  guild: { id: true, name: true, memberCount: true, ownerId: true },
  interaction: { id: true, type: true, token: true, data: true, user: true, guildId: true },
  member: { id: true, roles: true },
  message: {
    id: true,
    channelId: true,
    guildId: true,
    author: true,
    content: true,
    editedTimestamp: true,
  },
  user: { id: true, username: true },
  voiceState: { channelId: true, guildId: true, userId: true },
};

const bot = createBot({
  token: options.token,
  intents: options.intents,
  desiredProperties,
  rest: { token: options.token, proxy: { baseUrl: options.restUrl } },
  gateway: {
    token: options.token,
    totalShards: options.totalShards,
    cache: { requestMembers: { enabled: true } },
  },
});

const server = serveEvents(options, {
  deliver: (message, shardId) => bot.gateway.events.message({ id: shardId }, message),
  actions: {
    requestMembers: async ({ guildId }) => {
      const members = await bot.gateway.requestMembers(guildId);
      return members.map((member) => member.user.id);
    },
    editBotStatus: (status) => bot.gateway.editBotStatus(status),
    shardInfo: ({ guildId }) => askGateway(options, { type: 'ShardInfoFromGuild', guildId }),
  },
});

bot.gateway.sendPayload = (shardId, payload) =>
  askGateway(options, { type: 'ShardPayload', shardId, payload });
bot.gateway.editBotStatus = (payload) =>
  askGateway(options, { type: 'EditShardsPresence', payload });

Object.assign(bot.events, {
  ready: ({ shardId, guilds, sessionId, user }) =>
    server.callback('ready', { shardId, guilds, sessionId, userId: user.id }),
  guildCreate: ({ id, name, memberCount, ownerId }) =>
    server.callback('guildCreate', { id, name, memberCount, ownerId }),
  messageCreate: ({ id, channelId, guildId, author, content }) =>
    server.callback('messageCreate', { id, channelId, guildId, authorId: author.id, content }),
  messageUpdate: ({ id, guildId, editedTimestamp }) =>
    server.callback('messageUpdate', { id, guildId, editedTimestamp }),
  voiceStateUpdate: ({ guildId, channelId, userId }) =>
    server.callback('voiceStateUpdate', { guildId, channelId, userId }),
  typingStart: ({ guildId, channelId, userId, timestamp }) =>
    server.callback('typingStart', { guildId, channelId, userId, timestamp }),
  guildMemberAdd: (member, user) => server.callback('guildMemberAdd', { id: user.id }),
  reactionAdd: ({ guildId, messageId, userId, emoji }) =>
    server.callback('reactionAdd', { guildId, messageId, userId, emoji: emoji.name }),
  interactionCreate: async (interaction) => {
    const { id, type, guildId, user, data } = interaction;
    server.callback('interactionCreate', {
      id,
      type,
      guildId,
      userId: user.id,
      name: data?.name ?? data?.customId,
    });
    await interaction
      .respond(type === autocomplete ? { choices: [] } : 'pong')
      .then(() => server.callback('answered', { id, type }), server.fail);
  },
});
