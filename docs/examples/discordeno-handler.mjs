// An event handler on @discordeno/bot 19 or newer, for handlers.envelope = "payload".
import { createServer } from 'node:http';
import { createBot } from '@discordeno/bot';

const { DISCORD_TOKEN, HANDLER_AUTHORIZATION, REST_URL, PORT = '8081' } = process.env;

const bot = createBot({
  token: DISCORD_TOKEN,
  desiredProperties: { interaction: { id: true, type: true, token: true, data: true } },
  rest: { token: DISCORD_TOKEN, proxy: { baseUrl: REST_URL } },
  gateway: { token: DISCORD_TOKEN, totalShards: 1 },
});

/** Interactions that Gatehouse has deferred, between their arrival and their callback. */
const deferred = new Set();

bot.events.interactionCreate = async (interaction) => {
  const isDeferred = deferred.delete(interaction.id);
  if (interaction.type === 4) return interaction.respond({ choices: [] });
  const content = 'pong'; // the work goes here
  if (isDeferred) {
    // Discord has its first answer: a "thinking…" (5) or nothing to be seen (6). Fill it in.
    await bot.rest.editOriginalInteractionResponse(interaction.token, { content });
  } else {
    await interaction.respond(content);
  }
};

/** The ids of the latest events. Handlers that share the work share this too, say in Redis. */
const seen = new Set();

function isRepeat(eventId) {
  if (seen.has(eventId)) return true;
  seen.add(eventId);
  if (seen.size > 100_000) seen.delete(seen.values().next().value); // the oldest
  return false;
}

const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  if (request.headers.authorization !== HANDLER_AUTHORIZATION) {
    response.writeHead(401).end(); // Gatehouse keeps the event and says so in its log
    return;
  }
  response.writeHead(204).end(); // the event is ours from here on, before the work begins
  if (isRepeat(request.headers['x-gatehouse-event-id'])) return;
  const { shardId, payload } = JSON.parse(body);
  if (request.headers['x-gatehouse-deferred']) deferred.add(BigInt(payload.d.id));
  await bot.gateway.events.message({ id: shardId }, payload);
});
server.listen(Number(PORT), '127.0.0.1', () => console.log('listening'));

process.on('unhandledRejection', (error) => console.error(error));
process.on('SIGTERM', () => {
  server.close(); // lets requests under way finish; what comes now waits in Gatehouse
  server.closeIdleConnections();
});
