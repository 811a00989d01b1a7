import { describeGatewayClient } from './harness/gateway_suite.mjs';

const release = (library, compression) => ({
  subject: new URL('subjects/discordjs_ws.mjs', import.meta.url).pathname,
  library,
  compression,
  heartbeats: true,
});

describeGatewayClient('discord.js', [
  release('@discordjs/ws', null),
  release('@discordjs/ws', 'zlib-stream'),
  release('discordjs-ws-next', 'zstd-stream'),
]);
