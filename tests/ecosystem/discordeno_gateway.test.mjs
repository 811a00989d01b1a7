import { describeGatewayClient } from './harness/gateway_suite.mjs';

const release = (library, compression, heartbeats = true) => ({
  subject: new URL('subjects/discordeno_gateway.mjs', import.meta.url).pathname,
  library,
  compression,
  heartbeats,
});

describeGatewayClient('discordeno', [
  release('@discordeno/gateway', null),
  release('@discordeno/gateway', 'zlib-stream'),
  // With zstd this release loses the first payload of a connection, Hello, and so never heartbeats.
  release('@discordeno/gateway', 'zstd-stream', false),
  release('discordeno-gateway-next', 'zstd-stream'),
]);
