// @discordjs/ws as discord.js uses it: @discordjs/rest asks for the gateway, one manager connects
// every recommended shard.
import { REST } from '@discordjs/rest';

import { reportTo } from './report.mjs';

const { options, report, onStop } = reportTo(process);
const { CompressionMethod, WebSocketManager } = await import(options.library);

const compressionMethods = {
  'zlib-stream': CompressionMethod.ZlibNative,
  'zstd-stream': CompressionMethod.ZstdNative,
};

const rest = new REST({ version: '10', api: options.restUrl }).setToken(options.token);
const manager = new WebSocketManager({
  token: options.token,
  intents: options.intents,
  rest,
  fetchGatewayInformation: () => rest.get('/gateway/bot'),
  compression: compressionMethods[options.compression] ?? null,
});

manager.on('hello', (shard) => report.hello(shard));
manager.on('heartbeat', (_beat, shard) => report.acknowledged(shard));
manager.on('dispatch', (payload, shard) => report.dispatch(shard, payload));
manager.on('error', (error) => report.failure(error));
manager.on('socketError', (error) => report.failure(error));

onStop(() => manager.destroy({ code: 1000, reason: 'the test is over' }));
await manager.connect();
