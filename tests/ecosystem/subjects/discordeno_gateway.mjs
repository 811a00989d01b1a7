// @discordeno/gateway as a bot uses it: its REST manager asks for the gateway, its gateway manager
// identifies every recommended shard.
import { createRestManager } from '@discordeno/bot';

import { reportTo } from './report.mjs';

const { options, report, onStop } = reportTo(process);
const { createGatewayManager } = await import(options.library);

const quiet = Object.fromEntries(['debug', 'info', 'warn'].map((level) => [level, () => {}]));
const logger = {
  ...quiet,
  error: (...parts) => report.failure(parts.join(' ')),
  fatal: (...parts) => report.failure(parts.join(' ')),
};

const rest = createRestManager({
  token: options.token,
  logger,
  proxy: { baseUrl: options.restUrl, authorization: `Bot ${options.token}` },
});

const manager = createGatewayManager({
  token: options.token,
  intents: options.intents,
  connection: await rest.getSessionInfo(),
  transportCompression: options.compression,
  spawnShardDelay: 10,
  preferSnakeCase: true,
  resharding: { enabled: false },
  logger,
  events: {
    hello: (shard) => report.hello(shard.id),
    heartbeatAck: (shard) => report.acknowledged(shard.id),
    message: (shard, payload) => report.dispatch(shard.id, payload),
  },
});

onStop(() => manager.shutdown(3000, 'the test is over'));
await manager.spawnShards();
