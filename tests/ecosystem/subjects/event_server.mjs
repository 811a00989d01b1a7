import { createServer } from 'node:http';

/** How long requests under way are let finish after SIGTERM, in milliseconds. */
const requestGrace = 500;

/**
 * The HTTP half of an event handler, as discordeno's guides have it: checks the authorization,
 * answers 200 and leaves the work to the bot.
 *
 * `options` come as the process's first argument in JSON. `deliver(message, shardId)` gets every
 * event; `actions` are what the test may ask for. The process ends with SIGTERM or with its test.
 */
export function serveEvents(options, { deliver, actions = {} }) {
  const report = (kind, facts) => process.send({ kind, ...facts });
  const fail = (error) => report('failure', { text: String(error?.stack ?? error) });
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.on('disconnect', () => process.exit(1));

  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    if (request.headers.authorization !== options.authorization) {
      response.writeHead(401, { 'Content-Type': 'application/json' });
      response.end('{"error":"Invalid authorization key."}');
      return;
    }
    const body = JSON.parse(Buffer.concat(chunks));
    const message = body[options.envelope];
    report('event', {
      shard: body.shardId,
      t: message.t,
      s: message.s,
      d: message.d,
      id: request.headers['x-gatehouse-event-id'],
      attempt: Number(request.headers['x-gatehouse-attempt']),
      deferred: request.headers['x-gatehouse-deferred'],
    });
    response.writeHead(200);
    response.end();
    await deliver(message, body.shardId);
  });

  process.on('message', async ({ question, action, parameters }) => {
    try {
      report('answer', { question, result: await actions[action](parameters) });
    } catch (error) {
      report('answer', { question, error: String(error?.stack ?? error) });
    }
  });
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), requestGrace);
  });
  server.listen(options.port, '127.0.0.1', () =>
    report('listening', { port: server.address().port }),
  );

  return { callback: (name, facts) => report('callback', { name, facts }), fail };
}

/** The gateway process as discordeno's bots talk to it. */
export async function askGateway({ gatewayUrl, gatewayAuthorization }, request) {
  const response = await fetch(gatewayUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: gatewayAuthorization },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}
